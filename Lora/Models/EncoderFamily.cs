using System.Globalization;
using LoraCluster.Data;
using LoraCluster.Training;
using static TorchSharp.torch;

namespace LoraCluster.Models;

/// <summary>A family of encoders with a classification head. The arithmetic is one, <see cref="SequenceClassifier"/>.</summary>
public abstract class EncoderFamily : ModelFamily
{
    /// <inheritdoc/>
    public override ModelTask Task => ModelTask.SequenceClassification;

    /// <summary>Name of the encoder inside the classifier (<c>bert</c>); a checkpoint of the bare encoder lacks it.</summary>
    public abstract string Prefix { get; }

    /// <summary>Tensor and module names.</summary>
    public abstract EncoderKeyMap Keys { get; }

    /// <summary>True if the output of the attention is dropped out before the residual sum (BERT; not DistilBERT).</summary>
    public abstract bool DropsAttentionOutput { get; }

    /// <summary>Activation after the head's own dense layer, where there is one.</summary>
    public virtual Activation HeadActivation => Activation.Relu;

    /// <summary>True if the input of the head's own dense layer is dropped out too (RoBERTa).</summary>
    public virtual bool DropsHeadInput => false;

    /// <inheritdoc/>
    public override ModelLayout LayoutOf(ModelConfig config) => Keys.LayoutOf((EncoderConfig)config, Prefix);

    /// <inheritdoc/>
    public override INetwork Build(ModelConfig config, IWeightSource weights, DropoutContext dropout, ScalarType compute) =>
        new SequenceClassifier(this, (EncoderConfig)config, weights, dropout, compute);

    internal override ModelConfig For(ModelConfig config, bool hasHead, TrainingOptions options, int labelCount)
    {
        if (options.Packing == Packing.Packed)
            throw new UserErrorException($"packing is packed, and {Architecture} reads a text a row; allowed is padded");
        var shape = (EncoderConfig)config;
        if (!hasHead && !config.LabelsGiven && labelCount != config.Labels.Count)
            shape = shape with { Labels = [.. Enumerable.Range(0, Math.Max(2, labelCount))
                .Select(i => string.Create(CultureInfo.InvariantCulture, $"LABEL_{i}"))] };
        return options.Pooling == Pooling.Mean ? shape with { Pooling = Pooling.Mean } : shape;
    }
}

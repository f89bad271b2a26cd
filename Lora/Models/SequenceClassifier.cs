using LoraCluster.Kernels;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraCluster.Models;

/// <summary>
/// An encoder with the classification head of its family on [CLS]: BERT's pooler (tanh), DistilBERT's pre_classifier (relu) or RoBERTa's
/// dense layer (dropout before, tanh), then dropout and one linear layer. Knows nothing of trainers, optimizers or who owns its parameters.
/// </summary>
public sealed class SequenceClassifier : INetwork
{
    private readonly EncoderConfig _config;
    private readonly DropoutContext _dropout;
    private readonly EncoderFamily _family;
    private readonly Module<Tensor, Tensor>? _pooler, _preClassifier;
    private readonly Module<Tensor, Tensor> _classifier;

    /// <summary>A classifier over the weights of a source.</summary>
    public SequenceClassifier(EncoderFamily family, EncoderConfig config, IWeightSource weights, DropoutContext dropout, ScalarType compute)
    {
        (_config, _dropout, _family) = (config, dropout, family);
        Encoder = new TransformerEncoder(family, config, weights, dropout, compute);
        _pooler = family.Keys.Pooler is { } pooler ? weights.Linear(pooler) : null;
        _preClassifier = family.Keys.PreClassifier is { } dense ? weights.Linear(dense) : null;
        _classifier = weights.Linear(family.Keys.Classifier);
    }

    /// <summary>The encoder below the head.</summary>
    public TransformerEncoder Encoder { get; }

    /// <inheritdoc/>
    public Tensor Forward(TokenBatch batch)
    {
        Tensor x_BH = _config.Pooling == Pooling.Mean
            ? Mean(Encoder.Forward(batch, onlyFirst: false), batch)
            : Encoder.Forward(batch, KernelSwitches.OnlyFirstPosition).select(1, 0);
        if (_pooler is not null) x_BH = _pooler.forward(x_BH).tanh();
        if (_family.DropsHeadInput) x_BH = _dropout.Apply(x_BH, _config.HeadDropout, DropoutSites.HeadInput);
        if (_preClassifier is not null) x_BH = _family.HeadActivation.Apply(_preClassifier.forward(x_BH));
        return _classifier.forward(_dropout.Apply(x_BH, _config.HeadDropout, DropoutSites.Head)).to_type(ScalarType.Float32);
    }

    /// <inheritdoc/>
    public BatchLoss Loss(TokenBatch batch, bool backward)
    {
        Tensor logits = Forward(batch);
        Tensor loss = functional.cross_entropy(logits, batch.Labels, reduction: Reduction.Sum);
        if (backward) loss.backward();
        return new BatchLoss(loss.item<float>(), batch.Rows, logits.detach().argmax(1).eq(batch.Labels).sum().item<long>());
    }

    /// <summary>Mean over the tokens of each row, [B, T, H] to [B, H]: a token counts exp(0) = 1, padding exp(-inf) = 0.</summary>
    private static Tensor Mean(Tensor x_BTH, TokenBatch batch)
    {
        if (batch.Mask is null) return x_BTH.mean([1]);
        Tensor weights_BT1 = batch.Mask.exp().view(batch.Rows, batch.Width, 1);
        return x_BTH.mul(weights_BT1).sum(1).div(weights_BT1.sum(1));
    }
}

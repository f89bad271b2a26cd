using System.Globalization;
using LoraCluster.Models;
using LoraCluster.Training;
using static TorchSharp.torch;

namespace LoraCluster.Evaluation;

/// <summary>What a classifier said of a text.</summary>
/// <param name="Predicted">The class with the largest logit, the first among equals.</param>
/// <param name="Probabilities">Softmax of the logits, by class.</param>
/// <param name="LogProbabilities">Their logarithms: the loss of class k is minus the k-th.</param>
public sealed record ClassPrediction(int Predicted, float[] Probabilities, double[] LogProbabilities);

/// <summary>Asks a classifier.</summary>
public static class TextClassifier
{
    /// <summary>What it says of each row of a batch, which is padded to its longest row.</summary>
    /// <param name="model">The classifier, with or without an adapter.</param>
    /// <param name="rows">Ids of each row, special tokens included; one row or more.</param>
    /// <exception cref="UserErrorException">A logit is no finite number: the weights are broken.</exception>
    public static IReadOnlyList<ClassPrediction> Predict(TrainableModel model, IReadOnlyList<int[]> rows)
    {
        using TokenBatch batch = TokenBatch.Of(rows, new int[rows.Count], model.Config.PadId, model.Base.Device);
        using Tensor logits_BC = model.Logits(batch);
        float[] logits = TensorMemory.ToArray<float>(logits_BC);
        int classes = model.Config.Labels.Count;
        return [.. Enumerable.Range(0, rows.Count).Select(row => Of(logits.AsSpan(row * classes, classes), row))];
    }

    /// <summary>Softmax in double precision.</summary>
    internal static ClassPrediction Of(ReadOnlySpan<float> logits, int row)
    {
        int predicted = 0;
        for (int k = 0; k < logits.Length; k++)
        {
            if (!float.IsFinite(logits[k])) throw new UserErrorException(string.Create(CultureInfo.InvariantCulture,
                $"the model's output for row {row + 1} of a batch is {logits[k]}; its weights, or those of its adapter, are broken"));
            if (logits[k] > logits[predicted]) predicted = k;
        }
        double largest = logits[predicted], sum = 0;
        foreach (float logit in logits) sum += Math.Exp(logit - largest);
        double logSum = largest + Math.Log(sum);
        double[] logs = new double[logits.Length];
        for (int k = 0; k < logits.Length; k++) logs[k] = logits[k] - logSum;
        return new ClassPrediction(predicted, [.. logs.Select(l => (float)Math.Exp(l))], logs);
    }
}

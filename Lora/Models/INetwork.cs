using static TorchSharp.torch;

namespace LoraCluster.Models;

/// <summary>A model with its task: what it makes of a batch, and how far that is from the targets. One thread owns it.</summary>
public interface INetwork
{
    /// <summary>Logits, fp32: [B, labels] of a classifier, [B, T, vocabulary] of a language model.</summary>
    /// <param name="batch">At most the config's positions wide.</param>
    Tensor Forward(TokenBatch batch);

    /// <summary>The sum of the cross-entropies, and, where asked, its gradient added to that of every trained tensor.</summary>
    /// <param name="batch">Rows with their targets.</param>
    /// <param name="backward">Whether to add gradients.</param>
    BatchLoss Loss(TokenBatch batch, bool backward);
}

/// <summary>Sums over a batch, never means.</summary>
/// <param name="Sum">Sum of the cross-entropies.</param>
/// <param name="Targets">What was counted: rows of a classifier, tokens with a target of a language model.</param>
/// <param name="Correct">How many had the largest logit at the target.</param>
public readonly record struct BatchLoss(double Sum, long Targets, long Correct);

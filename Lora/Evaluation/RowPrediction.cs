namespace LoraCluster.Evaluation;

/// <summary>What a classifier said of a row.</summary>
/// <param name="Row">Number of the row, from 0 on.</param>
/// <param name="Label">Its class.</param>
/// <param name="Predicted">The class with the largest logit, the first among equals.</param>
/// <param name="Probabilities">Softmax of the logits, by class.</param>
/// <param name="Loss">-log of the probability of its class, in nats.</param>
public sealed record RowPrediction(int Row, int Label, int Predicted, float[] Probabilities, double Loss);

/// <summary>Sums over an evaluation batch.</summary>
/// <param name="Batch">Number of the batch.</param>
/// <param name="LossSum">Sum of the losses, in nats.</param>
/// <param name="Targets">What was counted: rows of a classifier, tokens with a target of a language model.</param>
/// <param name="Correct">How many were guessed right.</param>
/// <param name="Bytes">UTF-8 bytes of the text that a language model's targets spell; 0 of a classifier.</param>
public readonly record struct BatchScore(int Batch, double LossSum, long Targets, long Correct, long Bytes);

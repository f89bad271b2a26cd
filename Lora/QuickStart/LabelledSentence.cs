namespace LoraCluster.QuickStart;

/// <summary>A sentence and its verdict.</summary>
/// <param name="Text">The sentence, without tabs, quotes or line ends.</param>
/// <param name="Label">1 for a positive verdict, 0 for a negative one.</param>
/// <param name="Template">The combination that it was made from, as "but(copula, not)".</param>
public sealed record LabelledSentence(string Text, int Label, string Template);

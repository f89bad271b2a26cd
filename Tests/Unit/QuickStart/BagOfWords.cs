using LoraCluster.QuickStart;

namespace LoraCluster.Tests.Unit.QuickStart;

/// <summary>Logistic regression on word counts, by stochastic gradient descent: the best that a model without word order does.</summary>
internal sealed class BagOfWords
{
    private const int Epochs = 30;

    private readonly Dictionary<string, int> indices = new(StringComparer.Ordinal);
    private readonly double[] weights;
    private double bias;

    public BagOfWords(IReadOnlyList<LabelledSentence> train)
    {
        foreach (string word in train.SelectMany(s => Words(s.Text))) indices.TryAdd(word, indices.Count);
        int[][] rows = [.. train.Select(s => Words(s.Text).Select(w => indices[w]).ToArray())];
        weights = new double[indices.Count];
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            double rate = 0.1 / (1 + epoch);
            for (int i = 0; i < rows.Length; i++)
            {
                double error = train[i].Label - (1 / (1 + Math.Exp(-Score(rows[i]))));
                foreach (int w in rows[i]) weights[w] += rate * (error - (1e-4 * weights[w]));
                bias += rate * error;
            }
        }
    }

    public double Accuracy(IReadOnlyList<LabelledSentence> sentences) =>
        sentences.Count(s => (Score([.. Words(s.Text).Where(indices.ContainsKey).Select(w => indices[w])]) > 0) == (s.Label == 1))
        / (double)sentences.Count;

    public static IEnumerable<string> Words(string text) =>
        text.ToLowerInvariant().Split([' ', '.', ',', ';', '!', '?', ':'], StringSplitOptions.RemoveEmptyEntries);

    private double Score(int[] row) => bias + row.Sum(w => weights[w]);
}

using System.Text;

namespace LoraCluster.QuickStart;

/// <summary>
/// The quick start's labelled set: English sentences whose sentiment follows from their composition. Seeded, the same on every machine;
/// labels balanced; no sentence twice; the held-out sentences are made from combinations that training never shows.
/// </summary>
public sealed class SentimentDataset
{
    /// <summary>The seed of the set that the quick start trains on.</summary>
    public const ulong DefaultSeed = 1;

    /// <summary>The number of training sentences by default.</summary>
    public const int DefaultTrainCount = 16_000;

    /// <summary>The number of held-out sentences by default.</summary>
    public const int DefaultHeldOutCount = 2_000;

    private SentimentDataset(IReadOnlyList<LabelledSentence> train, IReadOnlyList<LabelledSentence> heldOut)
    {
        Train = train;
        HeldOut = heldOut;
    }

    /// <summary>The training sentences, in random order.</summary>
    public IReadOnlyList<LabelledSentence> Train { get; }

    /// <summary>The held-out sentences, in random order.</summary>
    public IReadOnlyList<LabelledSentence> HeldOut { get; }

    /// <summary>Generates the set.</summary>
    /// <param name="seed">Fixes every word of it, and which combinations are held out.</param>
    /// <param name="trainCount">The number of training sentences, 2 to 100,000.</param>
    /// <param name="heldOutCount">The number of held-out sentences, 2 to 100,000.</param>
    /// <exception cref="ArgumentOutOfRangeException">A count is out of its range.</exception>
    public static SentimentDataset Generate(
        ulong seed = DefaultSeed, int trainCount = DefaultTrainCount, int heldOutCount = DefaultHeldOutCount)
    {
        CheckCount(trainCount, nameof(trainCount));
        CheckCount(heldOutCount, nameof(heldOutCount));
        var grammar = new SentimentGrammar(seed);
        var random = new SplitMix64(seed ^ 0x5E47_1A8E_D5E7_0001);
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        return new(Draw(grammar.PickTrain, random, trainCount, seen), Draw(grammar.PickHeldOut, random, heldOutCount, seen));
    }

    /// <summary>
    /// Writes <c>train.tsv</c> and <c>dev.tsv</c> in GLUE's format for SST-2: a header <c>sentence TAB label</c>, UTF-8, lines that end
    /// in LF.
    /// </summary>
    /// <param name="folder">The folder, created where absent; files of these names in it are replaced.</param>
    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        WriteTsv(Path.Combine(folder, "train.tsv"), Train);
        WriteTsv(Path.Combine(folder, "dev.tsv"), HeldOut);
    }

    private static void WriteTsv(string path, IReadOnlyList<LabelledSentence> sentences)
    {
        var text = new StringBuilder("sentence\tlabel\n");
        foreach (LabelledSentence sentence in sentences)
            text.Append(sentence.Text).Append('\t').Append(sentence.Label == 1 ? '1' : '0').Append('\n');
        File.WriteAllText(path, text.ToString());
    }

    private static List<LabelledSentence> Draw(
        Func<SplitMix64, SentenceTemplate> pick, SplitMix64 random, int count, HashSet<string> seen)
    {
        var sentences = new List<LabelledSentence>(count);
        while (sentences.Count < count)
        {
            bool positive = sentences.Count % 2 == 0;
            SentenceTemplate template = pick(random);
            string text = template.Write(random, random.Pick(Domains.All), positive);
            if (seen.Add(text)) sentences.Add(new(text, positive ? 1 : 0, template.Name));
        }

        random.Shuffle(sentences);
        return sentences;
    }

    private static void CheckCount(int count, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 2, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 100_000, name);
    }
}

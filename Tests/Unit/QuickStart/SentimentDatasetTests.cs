using LoraCluster.QuickStart;

namespace LoraCluster.Tests.Unit.QuickStart;

public sealed class SentimentDatasetTests
{
    private static readonly SentimentDataset Set = SentimentDataset.Generate();

    [Fact]
    public void Sizes_are_at_least_8000_and_1000_and_labels_are_balanced()
    {
        Assert.True(Set.Train.Count >= 8_000);
        Assert.True(Set.HeldOut.Count >= 1_000);
        Assert.Equal(Set.Train.Count / 2, Set.Train.Count(s => s.Label == 1));
        Assert.Equal(Set.HeldOut.Count / 2, Set.HeldOut.Count(s => s.Label == 1));
    }

    [Fact]
    public void No_sentence_occurs_twice() =>
        Assert.Equal(
            Set.Train.Count + Set.HeldOut.Count,
            Set.Train.Concat(Set.HeldOut).Select(s => s.Text).Distinct(StringComparer.OrdinalIgnoreCase).Count());

    [Fact]
    public void Held_out_combinations_are_new_but_their_parts_occur_in_several_of_training()
    {
        HashSet<string> train = [.. Set.Train.Select(s => s.Template)];
        string[] heldOut = [.. Set.HeldOut.Select(s => s.Template).Distinct()];
        Assert.DoesNotContain(heldOut, train.Contains);
        foreach (string part in heldOut.SelectMany(Parts).Distinct())
            Assert.True(train.Count(t => Parts(t).Contains(part)) >= 5, $"{part} occurs in fewer than 5 combinations of training");
    }

    [Fact]
    public void Every_connector_and_form_is_tested()
    {
        HashSet<string> tested = [.. Set.HeldOut.SelectMany(s => Parts(s.Template))];
        Assert.All(Connector.All.Select(c => c.Name).Concat(ClauseForm.All.Select(f => f.Name)), p => Assert.Contains(p, tested));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_quarter_is_simple_and_at_most_a_quarter_negated(bool heldOut)
    {
        IReadOnlyList<LabelledSentence> set = heldOut ? Set.HeldOut : Set.Train;
        HashSet<string> simple = [.. Connector.All.Where(c => c.Relation == SentenceRelation.Simple).Select(c => c.Name)];
        HashSet<string> negations = [.. ClauseForm.All.Where(f => f.Operator == ClauseOperator.Negation).Select(f => f.Name)];
        Assert.InRange(set.Count(s => simple.Contains(Parts(s.Template)[0])) / (double)set.Count, 0.25, 0.5);
        Assert.InRange(set.Count(s => Parts(s.Template).Skip(1).Any(negations.Contains)) / (double)set.Count, 0.05, 0.25);
    }

    [Fact]
    public void A_bag_of_words_stays_under_75_percent()
    {
        double accuracy = new BagOfWords(Set.Train).Accuracy(Set.HeldOut);
        TestContext.Current.TestOutputHelper?.WriteLine($"bag of words: {accuracy:P1}");
        Assert.InRange(accuracy, 0.55, 0.75);
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes_on_every_machine()
    {
        using var folder = new TemporaryFolder();
        SentimentDataset.Generate(seed: 7, trainCount: 1_000, heldOutCount: 100).Write(folder.Path);
        Assert.Equal("f422b378b3dec1c90237dc1b394f0b333607ba6f7e5068e42de80e7f41e2e434", Sha256(folder.File("train.tsv")));
        Assert.Equal("63f0541f1e0f76269374f87291c20e969df8f02aaafc0951d3920ce7390efa40", Sha256(folder.File("dev.tsv")));
    }

    [Fact]
    public void Another_seed_gives_other_sentences()
    {
        HashSet<string> other = [.. SentimentDataset.Generate(seed: 2).Train.Select(s => s.Text)];
        Assert.True(Set.Train.Count(s => other.Contains(s.Text)) < Set.Train.Count / 20);
    }

    [Fact]
    public void The_files_are_glue_tsv()
    {
        using var folder = new TemporaryFolder();
        Set.Write(folder.File("new/folder"));
        string[] lines = File.ReadAllText(folder.File("new/folder/train.tsv")).Split('\n');
        Assert.Equal("sentence\tlabel", lines[0]);
        Assert.Equal("", lines[^1]);
        Assert.Equal(Set.Train.Select(s => $"{s.Text}\t{s.Label}"), lines[1..^1]);
        Assert.DoesNotContain(Set.Train, s => s.Text.AsSpan().ContainsAny("\t\"\r\n"));
    }

    [Theory]
    [InlineData(1, 10)]
    [InlineData(10, 1)]
    [InlineData(100_001, 10)]
    public void Counts_out_of_range_are_refused(int train, int heldOut) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => SentimentDataset.Generate(1, train, heldOut));

    private static string[] Parts(string template) => template.Split(['(', ',', ' ', ')'], StringSplitOptions.RemoveEmptyEntries);

    private static string Sha256(string path) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)));
}

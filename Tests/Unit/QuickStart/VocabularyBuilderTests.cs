using LoraCluster.QuickStart;

namespace LoraCluster.Tests.Unit.QuickStart;

public sealed class VocabularyBuilderTests
{
    [Fact]
    public void Special_tokens_stand_first_then_characters_then_words()
    {
        var builder = new VocabularyBuilder();
        foreach (string paragraph in new CorpusGenerator().Paragraphs(1).Take(20_000)) builder.Add(paragraph);
        IReadOnlyList<string> tokens = builder.Build();
        Assert.Equal(VocabularyBuilder.DefaultSize, tokens.Count);
        Assert.Equal(tokens.Count, tokens.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "!"], tokens.Take(6));
        foreach (string expected in (string[])["a", "##a", "z", "##z", "0", "?", "the", "soup", "delicious", "although"])
            Assert.Contains(expected, tokens);
        Assert.All(tokens.Skip(5), t => Assert.Equal(t.ToLowerInvariant(), t));
    }

    [Fact]
    public void The_order_of_the_text_does_not_matter()
    {
        string[] text = [.. new CorpusGenerator().Paragraphs(1).Take(2_000)];
        var forward = new VocabularyBuilder();
        var backward = new VocabularyBuilder();
        foreach (string paragraph in text) forward.Add(paragraph);
        foreach (string paragraph in text.Reverse()) backward.Add(paragraph);
        Assert.Equal(forward.Build(), backward.Build());
    }

    [Fact]
    public void Case_accents_and_punctuation_are_taken_as_the_uncased_tokenizer_takes_them()
    {
        var builder = new VocabularyBuilder();
        for (int i = 0; i < 20; i++) builder.Add("Caf\u00e9, caf\u00e9; CAFE\u2014CAFE");
        IReadOnlyList<string> tokens = builder.Build(300);
        Assert.Contains("cafe", tokens);
        Assert.Contains("\u2014", tokens);
        Assert.DoesNotContain(tokens, t => t.Contains('\u00e9', StringComparison.Ordinal));
    }

    [Fact]
    public void A_size_without_room_for_the_characters_is_refused()
    {
        var error = Assert.Throws<UserErrorException>(() => new VocabularyBuilder().Build(50));
        Assert.Contains("50", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_are_counted_and_the_vocabulary_is_written_a_token_a_line()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder.File("text.txt"), Enumerable.Repeat("Some public text about gardens.", 10));
        var builder = new VocabularyBuilder();
        builder.AddFile(folder.File("text.txt"));
        VocabularyBuilder.Write(folder.File("vocab.txt"), builder.Build(400));
        string[] lines = File.ReadAllText(folder.File("vocab.txt")).Split('\n');
        Assert.Equal("[PAD]", lines[0]);
        Assert.Contains("gardens", lines);
        Assert.Equal("", lines[^1]);
    }
}

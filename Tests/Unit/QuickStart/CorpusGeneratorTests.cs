using LoraCluster.QuickStart;

namespace LoraCluster.Tests.Unit.QuickStart;

public sealed class CorpusGeneratorTests
{
    [Fact]
    public void The_stream_is_the_same_for_the_same_seed() =>
        Assert.Equal(new CorpusGenerator().Paragraphs(5).Take(500), new CorpusGenerator().Paragraphs(5).Take(500));

    [Fact]
    public void Another_seed_gives_another_stream() =>
        Assert.NotEqual(new CorpusGenerator().Paragraphs(5).Take(5), new CorpusGenerator().Paragraphs(6).Take(5));

    [Fact]
    public void No_held_out_sentence_occurs_in_it()
    {
        HashSet<string> heldOut = [.. SentimentDataset.Generate().HeldOut.Where(HasTwoClauses).Select(s => s.Text)];
        Assert.DoesNotContain(new CorpusGenerator().Paragraphs(1).Take(50_000), p => heldOut.Contains(p));
    }

    [Fact]
    public void Paragraphs_are_whole_sentences_of_plain_text()
    {
        foreach (string paragraph in new CorpusGenerator().Paragraphs(3).Take(5_000))
        {
            Assert.True(char.IsAsciiLetterUpper(paragraph[0]), paragraph);
            Assert.True(paragraph[^1] is '.' or '!' or '?', paragraph);
            Assert.DoesNotContain("  ", paragraph, StringComparison.Ordinal);
            Assert.DoesNotContain("NAME", paragraph, StringComparison.Ordinal);
            Assert.True(paragraph.All(c => c is >= ' ' and <= '~' and not '"'), paragraph);
            Assert.DoesNotMatch(@"\ba [aei]\w|\ban [^aeiouh]", paragraph.ToLowerInvariant());
        }
    }

    [Fact]
    public void Both_polarities_of_every_aspect_have_enough_words_of_their_own()
    {
        foreach (Domain domain in Domains.All)
        {
            Assert.True(domain.Aspects.Count >= 3, domain.Name);
            Assert.True(domain.Pleased.Count >= 6 && domain.Displeased.Count >= 6 && domain.Neutral.Count >= 6, domain.Name);
            Assert.All(domain.Where, w => Assert.Contains("NAME", w, StringComparison.Ordinal));
            foreach (Aspect aspect in domain.Aspects)
            {
                Assert.Empty(aspect.Good.Intersect(aspect.Bad));
                Assert.Empty(aspect.Degree.Intersect(aspect.Good.Concat(aspect.Bad)));
                Assert.Equal(aspect.Did.Count, aspect.Do.Count);
                Assert.True(aspect.Good.Count >= 7 && aspect.Bad.Count >= 7 && aspect.Degree.Count >= 4, $"{domain.Name}: {aspect.Name}");
            }
        }
    }

    private static bool HasTwoClauses(LabelledSentence sentence) => sentence.Template.Contains(' ', StringComparison.Ordinal);
}

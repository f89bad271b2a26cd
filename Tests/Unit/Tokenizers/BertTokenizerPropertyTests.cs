using System.Text;
using CsCheck;
using LoraCluster.Tokenizers;

namespace LoraCluster.Tests.Unit.Tokenizers;

public sealed class BertTokenizerPropertyTests
{
    private static readonly Gen<string> GenText = Gen.OneOf(
        Gen.Char, Gen.Char['\0', '\x7F'], Gen.Char['\u0300', '\u036F'], Gen.Char['\uD800', '\uDFFF'], Gen.Char['a', 'c']).Array[0, 60]
        .Select(characters => new string(characters));

    [Fact]
    public void Any_text_has_ids_of_the_vocabulary_within_the_length()
    {
        using var folder = new TemporaryFolder();
        BertTokenizer tokenizer = SmallVocabulary.Write(folder, "a", "b", "##a", "##c", "##\u0301", ".");
        Gen.Select(GenText, GenText, Gen.Int[3, 40]).Sample((a, b, maxLength) =>
        {
            int[] ids = tokenizer.Encode(a, maxLength);
            Assert.Equal((2, 3), (ids[0], ids[^1]));
            Assert.InRange(ids.Length, 2, maxLength);
            Assert.All(ids, id => Assert.InRange(id, 0, tokenizer.VocabularySize - 1));
            // Cutting only cuts: the ids before the end are those of the whole text.
            Assert.Equal(tokenizer.Encode(a, int.MaxValue)[..(ids.Length - 1)], ids[..^1]);
            (int[] pair, int[] types) = tokenizer.EncodePair(a, b, maxLength);
            Assert.InRange(pair.Length, 3, maxLength);
            Assert.Equal(types.Order(), types);
            tokenizer.Decode(ids);
        });
    }

    [Fact]
    public void Normalizing_twice_changes_nothing()
    {
        var normalizer = new BertNormalizer(cleanText: true, spaceIdeographs: false, stripAccents: true, lowerCase: true);
        GenText.Sample(text =>
        {
            string once = normalizer.Normalize(text);
            Assert.Equal(once, normalizer.Normalize(once));
        });
    }

    [Fact]
    public void The_fast_path_for_ascii_is_the_general_one()
    {
        foreach (int switches in Enumerable.Range(0, 16))
        {
            var normalizer = new BertNormalizer((switches & 1) != 0, (switches & 2) != 0, (switches & 4) != 0, (switches & 8) != 0);
            string ascii = new([.. Enumerable.Range(0, 128).Select(c => (char)c)]);
            // One character more, the last, keeps the text from the fast path.
            Assert.Equal(normalizer.Normalize(ascii) + "\u00DF", normalizer.Normalize(ascii + "\u00DF"));
        }
    }
}

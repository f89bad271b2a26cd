using System.Text;

namespace LoraCluster.Tokenizers;

/// <summary>GPT-2's byte-level encoding: words by a pattern, their bytes as characters, merged.</summary>
/// <param name="model">The merges.</param>
/// <param name="splits">Patterns applied one after the other; none: the run is one word.</param>
/// <param name="addPrefixSpace">Whether a run that begins without a space gets one.</param>
internal sealed class ByteLevelEncoder(BpeModel model, IReadOnlyList<SplitPattern> splits, bool addPrefixSpace) : ITextEncoder
{
    public void Append(string text, bool isFirst, List<int> ids)
    {
        if (addPrefixSpace && !text.StartsWith(' ')) text = " " + text;
        foreach (string word in Words(text)) model.Append(ByteLevelAlphabet.FromText(word), ids);
    }

    private IEnumerable<string> Words(string text)
    {
        IEnumerable<string> words = [text];
        foreach (SplitPattern split in splits) words = words.SelectMany(word => SplitOne(split, word));
        return words;
    }

    private static IEnumerable<string> SplitOne(SplitPattern split, string text)
    {
        var ranges = new List<Range>();
        split.Split(text, ranges);
        return ranges.Select(range => text[range]);
    }
}

/// <summary>Joins the bytes of tokens; bytes that are no UTF-8 become U+FFFD.</summary>
internal sealed class ByteLevelDecoder(Vocabulary vocabulary) : ITokenDecoder
{
    public string Decode(IReadOnlyList<int> ids)
    {
        var bytes = new List<byte>();
        foreach (int id in ids) ByteLevelAlphabet.AppendBytes(vocabulary[id]!, bytes);
        return Encoding.UTF8.GetString([.. bytes]);
    }
}

using LoraCluster.Tokenizers;

namespace LoraCluster.Generation;

/// <summary>
/// The text of tokens as they come. A token may be a part of a character; such a part is held back until the character is whole.
/// </summary>
/// <param name="tokenizer">The model's.</param>
/// <param name="prompt">Ids that came before: blanks between pieces depend on them.</param>
public sealed class StreamedText(ITextTokenizer tokenizer, ReadOnlyMemory<int> prompt)
{
    private const char Incomplete = '\uFFFD';
    private readonly List<int> _ids = [.. prompt.Span];
    private readonly int _before = tokenizer.Decode(prompt.Span).Length;
    private int _told;

    /// <summary>What a token adds to the text; may be empty.</summary>
    public string Add(int id)
    {
        _ids.Add(id);
        string text = tokenizer.Decode(_ids.ToArray());
        int end = text.Length;
        while (end > _before + _told && text[end - 1] == Incomplete) end--;
        return Take(text, end);
    }

    /// <summary>What was held back.</summary>
    public string Finish()
    {
        string text = tokenizer.Decode(_ids.ToArray());
        return Take(text, text.Length);
    }

    private string Take(string text, int end)
    {
        int start = Math.Min(_before + _told, end);
        _told = end - _before;
        return text[start..end];
    }
}

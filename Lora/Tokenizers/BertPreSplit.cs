using System.Text;

namespace LoraCluster.Tokenizers;

/// <summary>Cuts a normalized text into words: at white space, which is dropped, and before and after each punctuation character.</summary>
internal static class BertPreSplit
{
    public static void Split(string text, bool atPunctuation, List<Range> words)
    {
        int start = 0, position = 0;
        while (position < text.Length)
        {
            Rune.DecodeFromUtf16(text.AsSpan(position), out Rune rune, out int length);
            bool blank = UnicodeFacts.IsWhiteSpace(rune.Value);
            bool alone = !blank && atPunctuation && UnicodeFacts.IsPunctuation(rune.Value);
            if (blank || alone)
            {
                if (position > start) words.Add(start..position);
                if (alone) words.Add(position..(position + length));
                start = position + length;
            }
            position += length;
        }
        if (position > start) words.Add(start..position);
    }
}

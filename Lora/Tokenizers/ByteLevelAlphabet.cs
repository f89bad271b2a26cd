using System.Collections.Frozen;
using System.Text;

namespace LoraCluster.Tokenizers;

/// <summary>
/// GPT-2's alphabet: a visible character for each byte, so that any text is a string of characters that a vocabulary can hold.
/// Visible Latin-1 characters stand for themselves, the other bytes for the characters from U+0100 on.
/// </summary>
internal static class ByteLevelAlphabet
{
    private static readonly char[] Characters = CreateCharacters();
    private static readonly FrozenDictionary<char, byte> Bytes =
        Characters.Select((character, value) => (character, value)).ToFrozenDictionary(pair => pair.character, pair => (byte)pair.value);

    /// <summary>The text's UTF-8 bytes, each as its character; a lone surrogate counts as U+FFFD.</summary>
    public static string FromText(ReadOnlySpan<char> text)
    {
        byte[] bytes = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, bytes);
        return string.Create(bytes.Length, bytes, (characters, values) =>
        {
            for (int i = 0; i < values.Length; i++) characters[i] = Characters[values[i]];
        });
    }

    /// <summary>Appends the bytes of a token; those of its own UTF-8 if it is not of this alphabet.</summary>
    public static void AppendBytes(string token, List<byte> bytes)
    {
        int start = bytes.Count;
        foreach (char character in token)
        {
            if (Bytes.TryGetValue(character, out byte value))
            {
                bytes.Add(value);
                continue;
            }
            bytes.RemoveRange(start, bytes.Count - start);
            bytes.AddRange(Encoding.UTF8.GetBytes(token));
            return;
        }
    }

    private static char[] CreateCharacters()
    {
        char[] characters = new char[256];
        int further = 0x100;
        for (int value = 0; value < 256; value++)
        {
            bool isVisible = value is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE;
            characters[value] = (char)(isVisible ? value : further++);
        }
        return characters;
    }
}

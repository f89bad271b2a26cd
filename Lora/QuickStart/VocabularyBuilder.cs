using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace LoraCluster.QuickStart;

/// <summary>
/// Builds a WordPiece vocabulary from text: BERT's special tokens, every character alone and as a continuation, whole words by frequency,
/// then the beginnings and continuations that most words share. The same text gives the same vocabulary everywhere.
/// Text is taken as the uncased BERT tokenizer takes it: lower case, accents stripped, split at spaces and punctuation.
/// </summary>
public sealed class VocabularyBuilder
{
    /// <summary>The size of the quick start's vocabulary.</summary>
    public const int DefaultSize = 6_000;

    /// <summary>The tokens that stand first, with the ids 0 to 4.</summary>
    public static IReadOnlyList<string> SpecialTokens { get; } = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    private const int MinimumWordCount = 10;
    private const int LongestPiece = 6;
    private const int WholeWordWeight = 10;

    private readonly Dictionary<string, long> words = new(StringComparer.Ordinal);

    /// <summary>Counts the words of a text.</summary>
    /// <param name="text">Any text; only words of at most 100 characters count.</param>
    public void Add(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var word = new StringBuilder();
        foreach (char c in text.Normalize(NormalizationForm.FormD))
        {
            if (char.GetUnicodeCategory(c) == UnicodeCategory.NonSpacingMark) continue;
            if (char.IsLetterOrDigit(c)) word.Append(char.ToLowerInvariant(c));
            else
            {
                Count(word);
                if (!char.IsWhiteSpace(c) && !char.IsControl(c) && !char.IsSurrogate(c)) Count(new StringBuilder().Append(c));
            }
        }

        Count(word);
    }

    /// <summary>Counts the words of a UTF-8 text file.</summary>
    /// <param name="path">The file.</param>
    public void AddFile(string path)
    {
        foreach (string line in File.ReadLines(path)) Add(line);
    }

    /// <summary>The vocabulary, ids in order.</summary>
    /// <param name="size">The number of tokens; fewer come back only if the text has no more pieces.</param>
    /// <param name="wholeWords">At most this many tokens are whole words of more than one character.</param>
    /// <exception cref="UserErrorException">The size does not hold the special tokens and the characters of the text.</exception>
    public IReadOnlyList<string> Build(int size = DefaultSize, int wholeWords = 4_500)
    {
        var tokens = new List<string>(SpecialTokens);
        string[] characters = [.. Characters()];
        tokens.AddRange(characters);
        tokens.AddRange(characters.Where(c => char.IsLetterOrDigit(c[0])).Select(c => "##" + c));
        if (tokens.Count > size)
        {
            throw new UserErrorException(
                $"vocabulary size {size} is too small: the special tokens and characters of this text are {tokens.Count}");
        }

        string[] frequent = [.. Ranked(words.Where(w => w.Key.Length > 1 && w.Value >= MinimumWordCount))];
        tokens.AddRange(frequent.Take(Math.Min(wholeWords, size - tokens.Count)));
        var known = new HashSet<string>(tokens, StringComparer.Ordinal);
        tokens.AddRange(Ranked(Pieces(known)).Where(p => !known.Contains(p)).Take(size - tokens.Count).ToArray());
        return tokens;
    }

    /// <summary>Writes <c>vocab.txt</c>: a token a line, UTF-8, LF.</summary>
    /// <param name="path">The file, replaced where present.</param>
    /// <param name="tokens">The tokens, ids in order.</param>
    public static void Write(string path, IReadOnlyList<string> tokens) => File.WriteAllText(path, string.Join('\n', tokens) + "\n");

    private void Count(StringBuilder word)
    {
        if (word.Length is > 0 and <= 100) CollectionsMarshal.GetValueRefOrAddDefault(words, word.ToString(), out _)++;
        word.Clear();
    }

    /// <summary>Printable ASCII and the other characters of the text, in ordinal order.</summary>
    private SortedSet<string> Characters()
    {
        var characters = new SortedSet<string>(StringComparer.Ordinal);
        for (char c = '!'; c <= '~'; c++)
        {
            if (!char.IsAsciiLetterUpper(c)) characters.Add(c.ToString());
        }

        foreach ((string word, long count) in words)
        {
            if (count < MinimumWordCount) continue;
            foreach (char c in word) characters.Add(c.ToString());
        }

        return characters;
    }

    /// <summary>
    /// The pieces of two or more characters of all words, each counted once a word, however frequent: what is not in the vocabulary is
    /// not among the frequent words. Known words count more than rare ones, since new words are made like them.
    /// </summary>
    private Dictionary<string, long> Pieces(HashSet<string> known)
    {
        var pieces = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (string word in words.Keys)
        {
            if (!char.IsLetter(word[0])) continue;
            bool whole = known.Contains(word);
            for (int start = 0; start < word.Length; start++)
            {
                for (int length = 2; length <= Math.Min(LongestPiece, word.Length - start); length++)
                {
                    string piece = (start == 0 ? "" : "##") + word.Substring(start, length);
                    CollectionsMarshal.GetValueRefOrAddDefault(pieces, piece, out _) += whole ? WholeWordWeight : 1;
                }
            }
        }

        return pieces;
    }

    private static IEnumerable<string> Ranked(IEnumerable<KeyValuePair<string, long>> counts) =>
        counts.OrderByDescending(p => p.Value).ThenBy(p => p.Key, StringComparer.Ordinal).Select(p => p.Key);
}

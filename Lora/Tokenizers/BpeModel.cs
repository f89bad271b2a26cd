using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace LoraCluster.Tokenizers;

/// <summary>What a byte-pair encoding does beside its merges, by the names of a <c>tokenizer.json</c>.</summary>
internal sealed record BpeModelOptions
{
    /// <summary><c>unk_token</c>: stands for a character without a token; null: such a character vanishes.</summary>
    public string? UnknownToken { get; init; }

    /// <summary><c>fuse_unk</c>: neighbouring unknown characters are one token.</summary>
    public bool FuseUnknown { get; init; }

    /// <summary><c>byte_fallback</c>: the tokens <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c> spell a character without a token.</summary>
    public bool ByteFallback { get; init; }

    /// <summary><c>ignore_merges</c>: a word that is a token is that token, whatever the merges say.</summary>
    public bool IgnoreMerges { get; init; }
}

/// <summary>Byte-pair encoding of one word by a list of merges. Immutable but for a bounded memory of words seen.</summary>
internal sealed class BpeModel
{
    private const int LongestRemembered = 32, MostRemembered = 20_000;
    private readonly Vocabulary vocabulary;
    private readonly BpeModelOptions options;
    private readonly MergeRule rule;
    private readonly int?[] byteIds;
    private readonly int? unknownId;
    private readonly ConcurrentDictionary<string, int[]> seen = new(StringComparer.Ordinal);
    private int remembered;

    /// <exception cref="UserErrorException">A merge names a token that the vocabulary lacks.</exception>
    public BpeModel(string source, Vocabulary vocabulary, IEnumerable<(string Left, string Right)> merges, BpeModelOptions options)
    {
        this.vocabulary = vocabulary;
        this.options = options;
        rule = new MergeRule(ReadMerges(source, vocabulary, merges));
        byteIds = [.. Enumerable.Range(0, 256)
            .Select(value => vocabulary.TryGetId(ByteToken(value), out int id) ? id : (int?)null)];
        if (options.UnknownToken is not { } unknown) return;
        unknownId = vocabulary.TryGetId(unknown, out int found) ? found
            : throw new UserErrorException($"{source}: the unknown token \"{unknown}\" is not in the vocabulary");
    }

    /// <summary>How the token of a single byte is spelt.</summary>
    public static string ByteToken(int value) => string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>");

    /// <summary>Appends the ids of a word.</summary>
    public void Append(ReadOnlySpan<char> word, List<int> ids)
    {
        if (word.IsEmpty) return;
        if (word.Length > LongestRemembered)
        {
            ids.AddRange(Encode(word));
            return;
        }
        if (!seen.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(word, out int[]? known))
        {
            known = [.. Encode(word)];
            bool hasRoom = Volatile.Read(ref remembered) < MostRemembered;
            if (hasRoom && seen.TryAdd(word.ToString(), known)) Interlocked.Increment(ref remembered);
        }
        ids.AddRange(known);
    }

    private List<int> Encode(ReadOnlySpan<char> word)
    {
        if (options.IgnoreMerges && vocabulary.TryGetId(word, out int whole)) return [whole];
        List<int> symbols = Symbols(word);
        SymbolMerger.Merge(symbols, rule);
        return symbols;
    }

    private List<int> Symbols(ReadOnlySpan<char> word)
    {
        var symbols = new List<int>(word.Length);
        bool afterUnknown = false;
        Span<byte> bytes = stackalloc byte[4];
        for (int position = 0; position < word.Length;)
        {
            Rune.DecodeFromUtf16(word[position..], out Rune rune, out int length);
            ReadOnlySpan<char> character = word.Slice(position, length);
            position += length;
            bool isUnknown = false;
            if (vocabulary.TryGetId(character, out int id)) symbols.Add(id);
            else if (!options.ByteFallback || !TryAppendBytes(bytes[..rune.EncodeToUtf8(bytes)], symbols))
            {
                isUnknown = true;
                if (unknownId is { } unknown && !(afterUnknown && options.FuseUnknown)) symbols.Add(unknown);
            }
            afterUnknown = isUnknown;
        }
        return symbols;
    }

    private bool TryAppendBytes(ReadOnlySpan<byte> bytes, List<int> symbols)
    {
        foreach (byte value in bytes) if (byteIds[value] is null) return false;
        foreach (byte value in bytes) symbols.Add(byteIds[value]!.Value);
        return true;
    }

    private static Dictionary<(int Left, int Right), (int Merged, int Rank)> ReadMerges(
        string source, Vocabulary vocabulary, IEnumerable<(string Left, string Right)> merges)
    {
        var ranks = new Dictionary<(int, int), (int, int)>();
        int rank = 0;
        int Id(string token, int number) => vocabulary.TryGetId(token, out int id) ? id
            : throw new UserErrorException(string.Create(CultureInfo.InvariantCulture,
                $"{source}: merge {number + 1} needs the token \"{token}\", which is not in the vocabulary"));
        // Of a pair that stands there twice the last counts, as in the reference.
        foreach ((string left, string right) in merges)
        {
            ranks[(Id(left, rank), Id(right, rank))] = (Id(left + right, rank), rank);
            rank++;
        }
        return ranks;
    }

    private sealed class MergeRule(Dictionary<(int Left, int Right), (int Merged, int Rank)> ranks) : IMergeRule<int>
    {
        public bool TryMerge(in int left, in int right, out int merged, out double priority)
        {
            bool found = ranks.TryGetValue((left, right), out (int Merged, int Rank) merge);
            (merged, priority) = (merge.Merged, merge.Rank);
            return found;
        }
    }
}

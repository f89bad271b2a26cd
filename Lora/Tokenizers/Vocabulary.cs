using System.Globalization;
using System.Text;

namespace LoraCluster.Tokenizers;

/// <summary>Tokens and their ids. The id is the line (from 0) in <c>vocab.txt</c>; of a token that stands there twice, the last.</summary>
internal sealed class Vocabulary
{
    private readonly Dictionary<string, int> ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> idsOfSpans;
    private readonly List<string?> tokens;

    private Vocabulary(Dictionary<string, int> ids, List<string?> tokens)
    {
        this.ids = ids;
        this.tokens = tokens;
        idsOfSpans = ids.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>One more than the largest id.</summary>
    public int Size => tokens.Count;

    public bool TryGetId(string token, out int id) => ids.TryGetValue(token, out id);

    public bool TryGetId(ReadOnlySpan<char> token, out int id) => idsOfSpans.TryGetValue(token, out id);

    /// <summary>The token of an id; null where the id has none.</summary>
    public string? this[int id] => tokens[id];

    /// <exception cref="UserErrorException">The file cannot be read, is not UTF-8 or is empty.</exception>
    public static Vocabulary Read(string path)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"cannot read {path}: {fault.Message}", fault);
        }
        ReadOnlySpan<byte> rest = bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? bytes.AsSpan(3) : bytes;
        if (rest.IsEmpty) throw new UserErrorException($"{path} is empty; it must hold one token on each line");
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var tokens = new List<string?>();
        while (!rest.IsEmpty)
        {
            int end = rest.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? [] : rest[(end + 1)..];
            if (line.EndsWith("\r"u8)) line = line[..^1];
            if (!System.Text.Unicode.Utf8.IsValid(line))
            {
                throw new UserErrorException($"{path}, line {(tokens.Count + 1).ToString(CultureInfo.InvariantCulture)}: not valid UTF-8");
            }
            string token = Encoding.UTF8.GetString(line);
            ids[token] = tokens.Count;
            tokens.Add(token);
        }
        return new Vocabulary(ids, tokens);
    }

    /// <summary>From pairs of token and id, as a <c>tokenizer.json</c> has them. Ids without a token are allowed.</summary>
    public static Vocabulary From(IEnumerable<KeyValuePair<string, int>> pairs)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach ((string token, int id) in pairs) ids[token] = id;
        var tokens = new List<string?>();
        foreach ((string token, int id) in ids) Place(tokens, token, id);
        return new Vocabulary(ids, tokens);
    }

    /// <summary>The same vocabulary with further tokens, of ids of their own.</summary>
    public Vocabulary With(IEnumerable<AddedToken> added)
    {
        var moreIds = new Dictionary<string, int>(ids, StringComparer.Ordinal);
        var moreTokens = new List<string?>(tokens);
        foreach (AddedToken token in added)
        {
            moreIds[token.Content] = token.Id;
            Place(moreTokens, token.Content, token.Id);
        }
        return new Vocabulary(moreIds, moreTokens);
    }

    /// <summary>
    /// The text of a <c>vocab.txt</c> without blank or repeated lines, for a reader that allows none: a line with a blank inside, which
    /// no word can be equal to, stands for each token that is never the answer.
    /// </summary>
    public string ToDistinctLines()
    {
        var text = new StringBuilder();
        for (int id = 0; id < tokens.Count; id++)
        {
            string? token = tokens[id];
            bool canMatch = !string.IsNullOrEmpty(token) && ids[token] == id && !token.Any(char.IsWhiteSpace);
            text.Append(canMatch ? token : $"line {id.ToString(CultureInfo.InvariantCulture)}").Append('\n');
        }
        return text.ToString();
    }

    private static void Place(List<string?> tokens, string token, int id)
    {
        while (tokens.Count <= id) tokens.Add(null);
        tokens[id] = token;
    }
}

using System.Globalization;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace LoraCluster.Tokenizers;

/// <summary>
/// BERT's tokenizer: normalization and word split by BERT's rules, then WordPiece (greedy, longest piece first). Gives the ids of
/// the Hugging Face <c>tokenizers</c> library on every machine and in every culture.
/// </summary>
public sealed class BertTokenizer : ITextTokenizer
{
    private readonly Vocabulary vocabulary;
    private readonly BertTokenizerOptions options;
    private readonly BertNormalizer normalizer;
    private readonly WordPieceTokenizer wordPiece;
    private readonly AddedTokenScanner rawScanner;
    private readonly AddedTokenScanner? normalizedScanner;
    private readonly HashSet<int> specialIds;
    private readonly HashSet<string> neverSplit;

    internal BertTokenizer(string source, Vocabulary words, BertTokenizerOptions options, IReadOnlyList<string> files)
    {
        this.options = options;
        Files = files;
        vocabulary = words.With(options.AddedTokens);
        UnknownId = Require(source, "unk_token", options.UnknownToken);
        ClassificationId = Require(source, "cls_token", options.ClassificationToken);
        SeparatorId = Require(source, "sep_token", options.SeparatorToken);
        PadId = Require(source, "pad_token", options.PaddingToken);
        MaskId = vocabulary.TryGetId(options.MaskToken, out int mask) ? mask : null;
        neverSplit = new HashSet<string>(options.NeverSplit, StringComparer.Ordinal);
        bool basic = options.BasicTokenization;
        normalizer = new BertNormalizer(options.CleanText && basic, options.TokenizeChineseCharacters && basic,
            (options.StripAccents ?? options.LowerCase) && basic, options.LowerCase && basic);
        wordPiece = CreateWordPiece(words, options);

        AddedToken[] added = AllAddedTokens();
        specialIds = [.. added.Where(token => token.Special).Select(token => token.Id)];
        rawScanner = new AddedTokenScanner(added.Where(token => !token.Normalized).Select(token => (token.Content, token)));
        AddedToken[] normalized = [.. added.Where(token => token.Normalized)];
        if (normalized.Length == 0) return;
        normalizedScanner = new AddedTokenScanner(normalized.Select(token => (normalizer.Normalize(token.Content), token)));
    }

    /// <inheritdoc/>
    public int VocabularySize => vocabulary.Size;

    /// <inheritdoc/>
    public int PadId { get; }

    /// <summary>Id of the unknown token, <c>[UNK]</c>.</summary>
    public int UnknownId { get; }

    /// <summary>Id of the token that begins each row, <c>[CLS]</c>.</summary>
    public int ClassificationId { get; }

    /// <summary>Id of the token that ends each text, <c>[SEP]</c>.</summary>
    public int SeparatorId { get; }

    /// <summary>Id of <c>[MASK]</c>; null where the vocabulary has none.</summary>
    public int? MaskId { get; }

    /// <inheritdoc/>
    int? ITextTokenizer.UnknownId => UnknownId;

    /// <inheritdoc/>
    int? ITextTokenizer.BosId => null;

    /// <inheritdoc/>
    int? ITextTokenizer.EosId => null;

    /// <summary>The switches in force.</summary>
    public BertTokenizerOptions Options => options;

    /// <inheritdoc/>
    public IReadOnlyList<string> Files { get; }

    /// <summary>
    /// Reads the tokenizer of a model folder: <c>vocab.txt</c> (or else <c>tokenizer.json</c>), with the switches and special tokens of
    /// <c>tokenizer_config.json</c>, <c>special_tokens_map.json</c> and <c>added_tokens.json</c> where they are there.
    /// </summary>
    /// <exception cref="UserErrorException">A file is missing or wrong; the message names it and the value.</exception>
    public static BertTokenizer Load(string modelFolder) => BertTokenizerFolder.Load(modelFolder);

    /// <summary>Reads a vocabulary file, one token a line.</summary>
    /// <exception cref="UserErrorException">The file cannot be read, or lacks a special token.</exception>
    public static BertTokenizer FromVocabulary(string vocabPath, BertTokenizerOptions? options = null) =>
        new(vocabPath, Vocabulary.Read(vocabPath), options ?? new BertTokenizerOptions(), [vocabPath]);

    /// <inheritdoc/>
    public int[] EncodeText(string text)
    {
        List<int> ids = [];
        Append(text, ids, enough: int.MaxValue);
        return [.. ids];
    }

    /// <inheritdoc/>
    public int[] Encode(string text, int maxLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLength, 2);
        List<int> ids = [ClassificationId];
        Append(text, ids, enough: maxLength);
        if (ids.Count > maxLength - 1) ids.RemoveRange(maxLength - 1, ids.Count - (maxLength - 1));
        ids.Add(SeparatorId);
        return [.. ids];
    }

    /// <inheritdoc/>
    public (int[] Ids, int[] TypeIds) EncodePair(string a, string b, int maxLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLength, 3);
        List<int> first = [], second = [];
        Append(a, first, enough: maxLength);
        Append(b, second, enough: maxLength);
        (int firstLength, int secondLength) = TruncateLongestFirst(first.Count, second.Count, maxLength - 3);
        int[] ids = [ClassificationId, .. first[..firstLength], SeparatorId, .. second[..secondLength], SeparatorId];
        int[] typeIds = new int[ids.Length];
        typeIds.AsSpan(firstLength + 2).Fill(1);
        return (ids, typeIds);
    }

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> ids) => Decode(ids, skipSpecialTokens: true);

    /// <summary>The text of ids. Punctuation that ends a clause takes no blank before it.</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="skipSpecialTokens">Whether special tokens are left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id outside the vocabulary.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens)
    {
        var text = new StringBuilder();
        bool isFirst = true;
        foreach (int id in ids)
        {
            string token = TokenOf(id);
            if (skipSpecialTokens && specialIds.Contains(id)) continue;
            bool continues = !isFirst && token.StartsWith(options.ContinuationPrefix, StringComparison.Ordinal);
            if (continues) token = token[options.ContinuationPrefix.Length..];
            else if (!isFirst && !TakesNoBlankBefore(token)) text.Append(' ');
            text.Append(token);
            isFirst = false;
        }
        return text.ToString();
    }

    /// <inheritdoc/>
    public string TokenOf(int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(id, VocabularySize);
        return vocabulary[id] ?? "";
    }

    /// <inheritdoc/>
    public bool TryGetId(string token, out int id) => vocabulary.TryGetId(token, out id);

    /// <summary>The lengths that two texts keep, at most <paramref name="most"/> together: the longer one is cut first.</summary>
    internal static (int First, int Second) TruncateLongestFirst(int first, int second, int most)
    {
        if (first + second <= most) return (first, second);
        bool isFirstShorter = first <= second;
        int shorter = Math.Min(first, second);
        // Where both are cut, the longer (of equals the second) keeps the odd one.
        int keptShorter = Math.Min(shorter, most / 2);
        int keptLonger = most - keptShorter;
        return isFirstShorter ? (keptShorter, keptLonger) : (keptLonger, keptShorter);
    }

    private static bool TakesNoBlankBefore(string token) =>
        token.StartsWith('.') || token.StartsWith('?') || token.StartsWith('!') || token.StartsWith(',')
        || token.StartsWith("n't", StringComparison.Ordinal) || token.StartsWith("'m", StringComparison.Ordinal)
        || token.StartsWith("'s", StringComparison.Ordinal) || token.StartsWith("'ve", StringComparison.Ordinal)
        || token.StartsWith("'re", StringComparison.Ordinal);

    private static WordPieceTokenizer CreateWordPiece(Vocabulary words, BertTokenizerOptions options)
    {
        using var lines = new MemoryStream(Encoding.UTF8.GetBytes(words.ToDistinctLines()));
        return WordPieceTokenizer.Create(lines, new WordPieceOptions
        {
            UnknownToken = options.UnknownToken,
            ContinuingSubwordPrefix = options.ContinuationPrefix,
            // It counts UTF-16 units, of which a code point has at most two; code points are counted here.
            MaxInputCharsPerWord = 2 * options.LongestWord,
        });
    }

    private AddedToken[] AllAddedTokens()
    {
        var tokens = new Dictionary<string, AddedToken>(StringComparer.Ordinal);
        string[] roles =
            [options.UnknownToken, options.SeparatorToken, options.PaddingToken, options.ClassificationToken, options.MaskToken];
        foreach (string content in roles)
        {
            if (vocabulary.TryGetId(content, out int id)) tokens[content] = new AddedToken(content, id);
        }
        foreach (AddedToken token in options.AddedTokens) tokens[token.Content] = token;
        return [.. tokens.Values];
    }

    /// <summary>
    /// Appends the ids of a text up to the word that makes them <paramref name="enough"/>: no more can be kept, and which of two texts
    /// counts as the longer one is decided after this cut, as in the reference.
    /// </summary>
    private void Append(string text, List<int> ids, int enough)
    {
        foreach ((Range piece, AddedToken? token) in rawScanner.Split(text))
        {
            if (token is not null) ids.Add(token.Id);
            else if (neverSplit.Count > 0) AppendAroundNeverSplit(text[piece], ids, enough);
            else AppendNormalized(normalizer.Normalize(text.AsSpan(piece)), ids, enough);
            if (token is null && ids.Count >= enough) return;
        }
    }

    private void AppendAroundNeverSplit(string text, List<int> ids, int enough)
    {
        var words = new List<Range>();
        BertPreSplit.Split(text, atPunctuation: false, words);
        foreach (Range word in words)
        {
            if (neverSplit.Contains(text[word])) ids.Add(vocabulary.TryGetId(text[word], out int id) ? id : UnknownId);
            else AppendNormalized(normalizer.Normalize(text.AsSpan(word)), ids, enough);
            if (ids.Count >= enough) return;
        }
    }

    private void AppendNormalized(string text, List<int> ids, int enough)
    {
        if (normalizedScanner is null)
        {
            AppendWords(text, ids, enough);
            return;
        }
        foreach ((Range piece, AddedToken? token) in normalizedScanner.Split(text))
        {
            if (token is not null) ids.Add(token.Id);
            else AppendWords(text[piece], ids, enough);
            if (token is null && ids.Count >= enough) return;
        }
    }

    private void AppendWords(string text, List<int> ids, int enough)
    {
        var words = new List<Range>();
        BertPreSplit.Split(text, options.BasicTokenization, words);
        foreach (Range range in words)
        {
            ReadOnlySpan<char> word = text.AsSpan(range);
            if (word.Length > options.LongestWord && CodePoints(word) > options.LongestWord) ids.Add(UnknownId);
            else ids.AddRange(wordPiece.EncodeToIds(word, considerPreTokenization: false, considerNormalization: false));
            if (ids.Count >= enough) return;
        }
    }

    private static int CodePoints(ReadOnlySpan<char> word)
    {
        int count = 0;
        foreach (Rune _ in word.EnumerateRunes()) count++;
        return count;
    }

    private int Require(string source, string role, string token) => vocabulary.TryGetId(token, out int id)
        ? id
        : throw new UserErrorException(string.Create(CultureInfo.InvariantCulture,
            $"{source}: {role} \"{token}\" is not among the {vocabulary.Size} tokens of the vocabulary"));
}

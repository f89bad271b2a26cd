namespace LoraCluster.Tokenizers;

/// <summary>The switches of a BERT tokenizer, with the defaults of <c>bert-base-uncased</c>.</summary>
public sealed record BertTokenizerOptions
{
    /// <summary><c>do_lower_case</c>.</summary>
    public bool LowerCase { get; init; } = true;

    /// <summary><c>strip_accents</c>; null follows <see cref="LowerCase"/>.</summary>
    public bool? StripAccents { get; init; }

    /// <summary><c>tokenize_chinese_chars</c>: each CJK ideograph is a word.</summary>
    public bool TokenizeChineseCharacters { get; init; } = true;

    /// <summary><c>clean_text</c> of a <c>tokenizer.json</c>: control characters vanish, blanks of every kind become a space.</summary>
    public bool CleanText { get; init; } = true;

    /// <summary><c>do_basic_tokenize</c>; false: no normalization at all, words end at white space only.</summary>
    public bool BasicTokenization { get; init; } = true;

    /// <summary><c>never_split</c>: words between white space that are looked up as they are.</summary>
    public IReadOnlyList<string> NeverSplit { get; init; } = [];

    /// <summary><c>unk_token</c>: stands for a word that the vocabulary cannot spell.</summary>
    public string UnknownToken { get; init; } = "[UNK]";

    /// <summary><c>cls_token</c>: begins each row.</summary>
    public string ClassificationToken { get; init; } = "[CLS]";

    /// <summary><c>sep_token</c>: ends each text.</summary>
    public string SeparatorToken { get; init; } = "[SEP]";

    /// <summary><c>pad_token</c>.</summary>
    public string PaddingToken { get; init; } = "[PAD]";

    /// <summary><c>mask_token</c>; the vocabulary may lack it.</summary>
    public string MaskToken { get; init; } = "[MASK]";

    /// <summary>Words with more code points than this become the unknown token; 1 or more.</summary>
    public int LongestWord { get; init; } = 100;

    /// <summary>What a piece that continues a word begins with in the vocabulary.</summary>
    public string ContinuationPrefix { get; init; } = "##";

    /// <summary>Further tokens that are found in the text as it stands, with their ids.</summary>
    public IReadOnlyList<AddedToken> AddedTokens { get; init; } = [];
}

namespace LoraCluster.Tokenizers;

/// <summary>A WordPiece tokenizer written as one <c>tokenizer.json</c>.</summary>
internal static class TokenizerJson
{
    public static (Vocabulary Vocabulary, BertTokenizerOptions Options, IReadOnlyList<AddedToken> Added) Read(JsonSettings whole)
    {
        JsonSettings model = whole.Child("model") ?? throw whole.Refuse("it has no model");
        RequireType(model, "WordPiece");
        JsonSettings vocabulary = model.Child("vocab") ?? throw model.Refuse("it has no vocab");
        var options = new BertTokenizerOptions
        {
            UnknownToken = model.Text("unk_token") ?? "[UNK]",
            ContinuationPrefix = model.Text("continuing_subword_prefix") ?? "##",
            LongestWord = model.Int("max_input_chars_per_word") ?? 100,
        };
        if (whole.Child("pre_tokenizer") is not { } split) throw whole.Refuse("it has no pre_tokenizer; allowed is BertPreTokenizer");
        RequireType(split, "BertPreTokenizer");
        options = whole.Child("normalizer") is { } normalizer
            ? WithNormalizer(options, normalizer)
            : options with { LowerCase = false, StripAccents = false, TokenizeChineseCharacters = false, CleanText = false };
        AddedToken[] added = [.. whole.Children("added_tokens")
            .Select(token => AddedTokenFrom(token, token.Int("id") ?? throw token.Refuse("it has no id")))];
        return (Vocabulary.From(vocabulary.Numbers()), options, added);
    }

    public static AddedToken AddedTokenFrom(JsonSettings token, int id)
    {
        string content = token.Text("content") ?? throw token.Refuse("it has no content");
        bool special = token.Bool("special") ?? false;
        return new AddedToken(content, id, special, token.Bool("normalized") ?? !special,
            token.Bool("single_word") ?? false, token.Bool("lstrip") ?? false, token.Bool("rstrip") ?? false);
    }

    private static BertTokenizerOptions WithNormalizer(BertTokenizerOptions options, JsonSettings normalizer)
    {
        RequireType(normalizer, "BertNormalizer");
        return options with
        {
            CleanText = normalizer.Bool("clean_text") ?? true,
            TokenizeChineseCharacters = normalizer.Bool("handle_chinese_chars") ?? true,
            StripAccents = normalizer.Bool("strip_accents"),
            LowerCase = normalizer.Bool("lowercase") ?? true,
        };
    }

    private static void RequireType(JsonSettings settings, string allowed)
    {
        string? type = settings.Text("type");
        if (type != allowed) throw settings.Refuse($"type is {type ?? "absent"}; allowed is {allowed}");
    }
}

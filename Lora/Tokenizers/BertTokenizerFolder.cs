namespace LoraCluster.Tokenizers;

/// <summary>
/// The tokenizer of a model folder in Hugging Face layout. What <c>tokenizer_config.json</c> says counts more than what
/// <c>tokenizer.json</c> says; the padding and truncation blocks of the latter are those of some run, not the model's, and are ignored.
/// </summary>
internal static class BertTokenizerFolder
{
    private static readonly string[] Classes =
        ["Bert", "DistilBert", "Electra", "MobileBert", "ConvBert", "SqueezeBert", "LayoutLM", "PreTrained", "TokenizersBackend"];

    public static BertTokenizer Load(string folder)
    {
        if (!Directory.Exists(folder)) throw new UserErrorException($"there is no folder {folder}");
        return Load(TokenizerSettings.Of(folder));
    }

    /// <param name="settings">The folder's settings.</param>
    /// <param name="wholePath">The <c>tokenizer.json</c> that serves where there is no <c>vocab.txt</c>; null: the folder's.</param>
    public static BertTokenizer Load(TokenizerSettings settings, string? wholePath = null)
    {
        string folder = settings.Folder;
        JsonSettings? config = settings.Config;
        CheckClass(config);
        var files = new List<string>(settings.Files);
        var added = new Dictionary<string, AddedToken>(StringComparer.Ordinal);
        string vocabularyPath = settings.PathOf("vocab.txt");
        wholePath ??= settings.PathOf("tokenizer.json");
        var options = new BertTokenizerOptions();
        Vocabulary vocabulary;
        if (settings.HasFile("vocab.txt"))
        {
            vocabulary = Vocabulary.Read(vocabularyPath);
            files.Add(vocabularyPath);
        }
        else if (File.Exists(wholePath))
        {
            vocabularyPath = wholePath;
            files.Add(vocabularyPath);
            JsonSettings whole = JsonSettings.Read(vocabularyPath);
            (vocabulary, options, IReadOnlyList<AddedToken> tokens) = TokenizerJson.Read(whole);
            foreach (AddedToken token in tokens) added[token.Content] = token;
        }
        else
        {
            throw new UserErrorException($"{folder} has no tokenizer: neither vocab.txt nor tokenizer.json is there");
        }
        options = WithSwitches(options, config);
        options = WithSpecialTokens(options, settings);
        settings.AddTokens(vocabulary, added);
        return new BertTokenizer(vocabularyPath, vocabulary, options with { AddedTokens = [.. added.Values] }, files);
    }

    private static void CheckClass(JsonSettings? config)
    {
        string? name = config?.Text("tokenizer_class");
        if (name is null) return;
        string family = name.Replace("TokenizerFast", "", StringComparison.Ordinal).Replace("Tokenizer", "", StringComparison.Ordinal);
        if (name != "TokenizersBackend" && !Classes.Contains(family, StringComparer.Ordinal))
        {
            throw config!.Refuse($"tokenizer_class {name} is not a WordPiece tokenizer of BERT's kind; allowed are those of the families "
                + string.Join(", ", Classes[..^2]));
        }
    }

    private static BertTokenizerOptions WithSwitches(BertTokenizerOptions options, JsonSettings? config)
    {
        if (config is null) return options;
        return options with
        {
            LowerCase = config.Bool("do_lower_case") ?? options.LowerCase,
            StripAccents = config.Bool("strip_accents") ?? options.StripAccents,
            TokenizeChineseCharacters = config.Bool("tokenize_chinese_chars") ?? options.TokenizeChineseCharacters,
            BasicTokenization = config.Bool("do_basic_tokenize") ?? options.BasicTokenization,
            NeverSplit = [.. config.Tokens("never_split")],
        };
    }

    private static BertTokenizerOptions WithSpecialTokens(BertTokenizerOptions options, TokenizerSettings settings)
    {
        string Named(string role, string otherwise) => settings.Named(role) ?? otherwise;
        return options with
        {
            UnknownToken = Named("unk_token", options.UnknownToken),
            ClassificationToken = Named("cls_token", options.ClassificationToken),
            SeparatorToken = Named("sep_token", options.SeparatorToken),
            PaddingToken = Named("pad_token", options.PaddingToken),
            MaskToken = Named("mask_token", options.MaskToken),
        };
    }
}

using System.Globalization;

namespace LoraCluster.Tokenizers;

/// <summary>
/// The tokenizer of a model folder in Hugging Face layout. What <c>tokenizer_config.json</c> says counts more than what
/// <c>tokenizer.json</c> says; the padding and truncation blocks of the latter are those of some run, not the model's, and are ignored.
/// </summary>
internal sealed class BertTokenizerFolder
{
    private static readonly string[] Classes =
        ["Bert", "DistilBert", "Electra", "MobileBert", "ConvBert", "SqueezeBert", "LayoutLM", "PreTrained", "TokenizersBackend"];

    private readonly string folder;
    private readonly List<string> files = [];
    private readonly Dictionary<string, AddedToken> added = new(StringComparer.Ordinal);

    private BertTokenizerFolder(string folder) => this.folder = folder;

    public static BertTokenizer Load(string folder)
    {
        if (!Directory.Exists(folder)) throw new UserErrorException($"there is no folder {folder}");
        return new BertTokenizerFolder(folder).Load();
    }

    private BertTokenizer Load()
    {
        JsonSettings? config = Json("tokenizer_config.json"), map = Json("special_tokens_map.json"), more = Json("added_tokens.json");
        CheckClass(config);
        string vocabularyPath = Path.Combine(folder, "vocab.txt");
        var options = new BertTokenizerOptions();
        Vocabulary vocabulary;
        if (File.Exists(vocabularyPath))
        {
            vocabulary = Vocabulary.Read(vocabularyPath);
            files.Add(vocabularyPath);
        }
        else if (Json("tokenizer.json") is { } whole)
        {
            vocabularyPath = Path.Combine(folder, "tokenizer.json");
            (vocabulary, options, IReadOnlyList<AddedToken> tokens) = TokenizerJson.Read(whole);
            foreach (AddedToken token in tokens) added[token.Content] = token;
        }
        else
        {
            throw new UserErrorException($"{folder} has no tokenizer: neither vocab.txt nor tokenizer.json is there");
        }
        options = WithSwitches(options, config);
        options = WithSpecialTokens(options, config, map);
        AddTokens(vocabulary, config, map, more);
        return new BertTokenizer(vocabularyPath, vocabulary, options with { AddedTokens = [.. added.Values] }, files);
    }

    private JsonSettings? Json(string name)
    {
        string path = Path.Combine(folder, name);
        if (!File.Exists(path)) return null;
        JsonSettings settings = JsonSettings.Read(path);
        files.Add(path);
        return settings;
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

    private static BertTokenizerOptions WithSpecialTokens(BertTokenizerOptions options, JsonSettings? config, JsonSettings? map)
    {
        string Named(string role, string otherwise) => config?.Token(role) ?? map?.Token(role) ?? otherwise;
        return options with
        {
            UnknownToken = Named("unk_token", options.UnknownToken),
            ClassificationToken = Named("cls_token", options.ClassificationToken),
            SeparatorToken = Named("sep_token", options.SeparatorToken),
            PaddingToken = Named("pad_token", options.PaddingToken),
            MaskToken = Named("mask_token", options.MaskToken),
        };
    }

    private void AddTokens(Vocabulary vocabulary, JsonSettings? config, JsonSettings? map, JsonSettings? more)
    {
        if (more is not null)
        {
            foreach ((string content, int id) in more.Numbers())
            {
                added.TryAdd(content, new AddedToken(content, id, Special: false, Normalized: true));
            }
        }
        if (config?.Child("added_tokens_decoder") is { } decoder)
        {
            foreach ((string key, JsonSettings token) in decoder.Objects)
            {
                if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int id))
                {
                    throw decoder.Refuse($"\"{key}\" is not an id");
                }
                AddedToken read = TokenizerJson.AddedTokenFrom(token, id);
                added[read.Content] = read;
            }
        }
        foreach (JsonSettings settings in new[] { config, map }.OfType<JsonSettings>())
        {
            foreach (string content in settings.Tokens("additional_special_tokens").Concat(settings.Tokens("extra_special_tokens")))
            {
                if (added.ContainsKey(content)) continue;
                if (!vocabulary.TryGetId(content, out int id))
                {
                    throw settings.Refuse($"the additional special token \"{content}\" has no id in the vocabulary");
                }
                added.Add(content, new AddedToken(content, id));
            }
        }
    }
}

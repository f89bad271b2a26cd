namespace LoraCluster.Tokenizers;

/// <summary>Finds and reads the tokenizer of a model folder, whatever its kind.</summary>
public static class TokenizerFolder
{
    private const string Bert = "vocab.txt", Whole = "tokenizer.json", SentencePiece = "tokenizer.model";
    private const string Kinds = "vocab.txt (WordPiece), tokenizer.json (WordPiece or BPE), vocab.json with merges.txt (byte-level BPE)";
    private const string LastKind = "tokenizer.model or one other *.model (SentencePiece BPE)";

    /// <summary>
    /// Reads the tokenizer of a folder in Hugging Face layout. Of several descriptions the first of these counts: <c>vocab.txt</c>,
    /// <c>tokenizer.json</c>, <c>vocab.json</c> with <c>merges.txt</c>, <c>tokenizer.model</c> or the folder's only <c>*.model</c>. Special
    /// tokens and switches come from <c>tokenizer_config.json</c>, <c>special_tokens_map.json</c>, <c>added_tokens.json</c> and the model's
    /// <c>config.json</c>. A path of a file is read as that kind of description alone.
    /// </summary>
    /// <param name="path">A model folder, or a <c>vocab.txt</c>, <c>tokenizer.json</c>, <c>vocab.json</c> or <c>*.model</c>.</param>
    /// <exception cref="UserErrorException">
    /// There is no tokenizer (the message names what was looked for), or it is wrong or not supported (the message names the file and
    /// the value).
    /// </exception>
    public static ITextTokenizer Load(string path)
    {
        if (File.Exists(path)) return LoadFile(path);
        if (!Directory.Exists(path)) throw new UserErrorException($"there is no folder {path}");
        TokenizerSettings settings = TokenizerSettings.Of(path);
        if (settings.HasFile(Bert)) return BertTokenizerFolder.Load(settings);
        if (settings.HasFile(Whole)) return LoadWhole(settings, settings.PathOf(Whole));
        bool hasVocabulary = settings.HasFile(ByteLevelFiles.VocabularyName), hasMerges = settings.HasFile(ByteLevelFiles.MergesName);
        if (hasVocabulary && hasMerges) return ByteLevelFiles.Load(settings);
        if (hasVocabulary || hasMerges)
        {
            (string there, string missing) = hasVocabulary ? (ByteLevelFiles.VocabularyName, ByteLevelFiles.MergesName)
                : (ByteLevelFiles.MergesName, ByteLevelFiles.VocabularyName);
            throw new UserErrorException($"{path} has {there} but no {missing}; a byte-level BPE tokenizer needs both");
        }
        return SentencePieceFolder.Load(settings, FindSentencePiece(settings));
    }

    private static ITextTokenizer LoadFile(string path) => Path.GetExtension(path) switch
    {
        ".model" => BpeTokenizer.FromSentencePiece(path),
        ".txt" when Path.GetFileName(path) == ByteLevelFiles.MergesName => FromPair(path),
        ".txt" => BertTokenizer.FromVocabulary(path),
        ".json" when Path.GetFileName(path) == ByteLevelFiles.VocabularyName => FromPair(path),
        ".json" => LoadWhole(TokenizerSettings.None, path),
        _ => throw new UserErrorException($"{path} is no tokenizer; allowed are a model folder, or a file: {Kinds}, {LastKind}"),
    };

    private static BpeTokenizer FromPair(string path)
    {
        string folder = Path.GetDirectoryName(path) ?? "";
        return BpeTokenizer.FromFiles(Path.Combine(folder, ByteLevelFiles.VocabularyName), Path.Combine(folder, ByteLevelFiles.MergesName));
    }

    private static ITextTokenizer LoadWhole(TokenizerSettings settings, string path)
    {
        JsonSettings whole = JsonSettings.Read(path);
        JsonSettings model = whole.Child("model") ?? throw whole.Refuse("it has no model");
        string? type = model.Text("type") ?? (model.Has("merges") ? "BPE" : null);
        return type switch
        {
            "WordPiece" => BertTokenizerFolder.Load(settings, path),
            "BPE" => BpeTokenizerJson.Load(settings, whole, path),
            _ => throw model.Refuse($"type is {type ?? "absent"}; allowed are WordPiece and BPE"),
        };
    }

    private static string FindSentencePiece(TokenizerSettings settings)
    {
        if (settings.HasFile(SentencePiece)) return settings.PathOf(SentencePiece);
        string[] models = [.. Directory.EnumerateFiles(settings.Folder, "*.model").Order(StringComparer.Ordinal)];
        return models switch
        {
            [string only] => only,
            [] => throw new UserErrorException($"{settings.Folder} has no tokenizer: neither {Kinds} nor {LastKind} is there"),
            _ => throw new UserErrorException($"{settings.Folder} has several *.model files ({string.Join(", ",
                models.Select(Path.GetFileName))}) and no {SentencePiece} that says which is the tokenizer's"),
        };
    }
}

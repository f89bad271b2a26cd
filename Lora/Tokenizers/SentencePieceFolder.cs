namespace LoraCluster.Tokenizers;

/// <summary>A tokenizer from a SentencePiece model and the settings of its folder.</summary>
internal static class SentencePieceFolder
{
    private static readonly string[] Families = ["Llama", "CodeLlama", "Gemma"];

    public static BpeTokenizer Load(TokenizerSettings settings, string modelPath)
    {
        if (settings.Family is { } family && !Families.Contains(family, StringComparer.Ordinal))
        {
            throw settings.Config!.Refuse($"tokenizer_class is {family}Tokenizer; with {Path.GetFileName(modelPath)} allowed are those of "
                + $"the families {string.Join(", ", Families)}");
        }
        SentencePieceModel model = SentencePieceModel.Read(modelPath);
        return Create(model, settings, [modelPath, .. settings.Files]);
    }

    public static BpeTokenizer Create(SentencePieceModel model, TokenizerSettings settings, IReadOnlyList<string> files)
    {
        JsonSettings? config = settings.Config;
        var encoder = new SentencePieceEncoder(model, config?.Bool("add_prefix_space") ?? true, config?.Bool("legacy") ?? false);
        Vocabulary words = Vocabulary.From(model.Pieces.Index()
            .Select(piece => new KeyValuePair<string, int>(piece.Item.Text, piece.Index)));
        AddedToken[] control = [.. model.Pieces.Index().Where(piece => piece.Item.Kind is PieceKind.Control or PieceKind.Unknown)
            .Select(piece => new AddedToken(piece.Item.Text, piece.Index))];
        var tokens = new SpecialTokens(settings, words, control);
        int? begin = tokens.Role("bos_token", model.BosPiece), end = tokens.Role("eos_token", model.EosPiece);
        bool addBegin = config?.Bool("add_bos_token") ?? true, addEnd = config?.Bool("add_eos_token") ?? false;
        if (addEnd && end is null) throw new UserErrorException($"{model.Path} has no end piece, but add_eos_token asks for it");
        return new BpeTokenizer(new BpeTokenizerParts
        {
            Vocabulary = tokens.Vocabulary,
            Encoder = encoder,
            Decoder = new SentencePieceDecoder(model, tokens.Vocabulary),
            Template = RowTemplate.BeginAndEnd(addBegin ? begin : null, addEnd ? end : null),
            PadId = tokens.Role("pad_token", model.PadPiece),
            BosId = begin,
            EosId = end,
            UnknownId = encoder.UnknownId,
            Added = tokens.Added,
            Files = files,
        });
    }
}

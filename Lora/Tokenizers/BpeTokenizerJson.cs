namespace LoraCluster.Tokenizers;

/// <summary>
/// A byte-pair tokenizer written as one <c>tokenizer.json</c>: byte-level (GPT-2, RoBERTa, Llama 3) or of Llama 2's kind. A part that is
/// not known is refused by its name, since to leave it out would change ids in silence.
/// </summary>
internal static class BpeTokenizerJson
{
    public static BpeTokenizer Load(TokenizerSettings settings, JsonSettings whole, string path)
    {
        JsonSettings model = whole.Child("model") ?? throw whole.Refuse("it has no model");
        JsonSettings vocabulary = model.Child("vocab") ?? throw model.Refuse("it has no vocab");
        Vocabulary words = Vocabulary.From(vocabulary.Numbers());
        AddedToken[] listed = [.. whole.Children("added_tokens")
            .Select(token => TokenizerJson.AddedTokenFrom(token, token.Int("id") ?? throw token.Refuse("it has no id")))];
        var tokens = new SpecialTokens(settings, words, listed);
        // Added tokens may stand in merges and be the unknown token, so the model knows them too.
        var bpe = new BpeModel(path, words.With(listed), model.StringPairs("merges"), ReadOptions(model));
        ITextEncoder encoder = TextEncoderJson.Read(whole, bpe, settings.Config?.Bool("add_prefix_space"));
        int? begin = Id(settings, tokens, "bos"), end = Id(settings, tokens, "eos"), pad = Id(settings, tokens, "pad");
        RowTemplate template = RowTemplateJson.Read(whole.Child("post_processor"));
        if (settings.Family != "Roberta") template = WithFlags(template, settings, begin, end);
        int? unknown = tokens.Role("unk_token", model.Text("unk_token"));
        foreach (string role in new[] { "cls_token", "sep_token", "mask_token" }) tokens.Role(role, null);
        return new BpeTokenizer(new BpeTokenizerParts
        {
            Vocabulary = tokens.Vocabulary,
            Encoder = encoder,
            Decoder = TokenDecoderJson.Read(whole, tokens.Vocabulary),
            Template = template,
            PadId = pad,
            BosId = begin,
            EosId = end,
            // Where the end token doubles as the unknown one, there is nothing that the vocabulary cannot spell.
            UnknownId = unknown == begin || unknown == end ? null : unknown,
            Added = tokens.Added,
            Files = [path, .. settings.Files],
        });
    }

    private static BpeModelOptions ReadOptions(JsonSettings model)
    {
        foreach (string key in new[] { "continuing_subword_prefix", "end_of_word_suffix" })
        {
            if (model.Text(key) is { Length: > 0 } value) throw model.Refuse($"{key} is \"{value}\"; allowed is none");
        }
        if (model.Has("dropout") && model.Int("dropout") != 0) throw model.Refuse("dropout is set; allowed is none");
        return new BpeModelOptions
        {
            UnknownToken = model.Text("unk_token"),
            FuseUnknown = model.Bool("fuse_unk") ?? false,
            ByteFallback = model.Bool("byte_fallback") ?? false,
            IgnoreMerges = model.Bool("ignore_merges") ?? false,
        };
    }

    /// <summary>The token named for the role, or else the id that the model's own configuration gives.</summary>
    private static int? Id(TokenizerSettings settings, SpecialTokens tokens, string role) =>
        tokens.Role($"{role}_token", null)
        ?? (settings.Model?.FirstInt($"{role}_token_id") is { } id && id < tokens.Vocabulary.Size ? id : null);

    /// <summary>A switch of <c>tokenizer_config.json</c> counts more than the file's own template.</summary>
    private static RowTemplate WithFlags(RowTemplate template, TokenizerSettings settings, int? begin, int? end)
    {
        bool? addBegin = settings.Config?.Bool("add_bos_token"), addEnd = settings.Config?.Bool("add_eos_token");
        if (addBegin is null && addEnd is null) return template;
        if (addBegin == true && begin is null) throw settings.Config!.Refuse("add_bos_token is true, but no bos_token is named");
        if (addEnd == true && end is null) throw settings.Config!.Refuse("add_eos_token is true, but no eos_token is named");
        return RowTemplate.BeginAndEnd(addBegin == true ? begin : null, addEnd == true ? end : null);
    }
}

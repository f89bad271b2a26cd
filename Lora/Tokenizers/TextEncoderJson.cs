namespace LoraCluster.Tokenizers;

/// <summary>The blocks <c>normalizer</c> and <c>pre_tokenizer</c> of a <c>tokenizer.json</c> with a byte-pair model.</summary>
internal static class TextEncoderJson
{
    /// <param name="whole">The file.</param>
    /// <param name="model">Its model.</param>
    /// <param name="addPrefixSpace">What another file says of the byte-level kind's prefix; null: nothing.</param>
    /// <exception cref="UserErrorException">A block is of a type that is not supported.</exception>
    public static ITextEncoder Read(JsonSettings whole, BpeModel model, bool? addPrefixSpace)
    {
        var splits = new List<SplitPattern>();
        JsonSettings? byteLevel = null, metaspace = null;
        foreach (JsonSettings block in Flatten(whole.Child("pre_tokenizer"), "pretokenizers"))
        {
            if (byteLevel is not null || metaspace is not null) throw block.Refuse("nothing may follow the type ByteLevel or Metaspace");
            switch (block.Text("type"))
            {
                case "ByteLevel": byteLevel = block; break;
                case "Metaspace" when splits.Count == 0: metaspace = block; break;
                case "Split": splits.Add(ReadSplit(block)); break;
                default: throw block.Refuse($"type is {block.Text("type") ?? "absent"}; allowed are ByteLevel, Metaspace, Split "
                    + "(before ByteLevel) and Sequence");
            }
        }
        JsonSettings[] normalizers = [.. Flatten(whole.Child("normalizer"), "normalizers")];
        if (byteLevel is not null)
        {
            if (normalizers.Length > 0) throw normalizers[0].Refuse("with the pre_tokenizer ByteLevel no normalizer is allowed");
            return ReadByteLevel(byteLevel, splits, model, addPrefixSpace);
        }
        if (splits.Count > 0) throw whole.Refuse("its pre_tokenizer splits the text without ByteLevel after it, which is not supported");
        return new MetaspaceEncoder(model, [.. normalizers.Select(ReadStep)], metaspace is null ? null : ReadMetaspace(metaspace));
    }

    /// <summary>The blocks of a sequence, or the block itself.</summary>
    public static IEnumerable<JsonSettings> Flatten(JsonSettings? block, string listKey)
    {
        if (block is null) return [];
        return block.Text("type") == "Sequence" ? block.Children(listKey).SelectMany(child => Flatten(child, listKey)) : [block];
    }

    /// <summary>The string that a block looks for.</summary>
    public static string StringPattern(JsonSettings block) => block.Child("pattern")?.Text("String")
        ?? throw block.Refuse("its pattern is not of the form {\"String\": \"...\"}; regular expressions are not supported here");

    private static ByteLevelEncoder ReadByteLevel(JsonSettings block, List<SplitPattern> splits, BpeModel model, bool? addPrefixSpace)
    {
        bool prefix = addPrefixSpace ?? block.Bool("add_prefix_space") ?? true;
        if (prefix && splits.Count > 0) throw block.Refuse("add_prefix_space is true after a Split, which is not supported");
        if (block.Bool("use_regex") ?? true) splits.Add(SplitPattern.Gpt2);
        return new ByteLevelEncoder(model, splits, prefix);
    }

    private static SplitPattern ReadSplit(JsonSettings block)
    {
        string? behavior = block.Text("behavior");
        if (behavior is not "Isolated" || block.Bool("invert") == true)
        {
            throw block.Refuse($"behavior is {behavior ?? "absent"}, invert is {block.Bool("invert")}; allowed is Isolated without invert");
        }
        string pattern = block.Child("pattern")?.Text("Regex") ?? throw block.Refuse("its pattern has no Regex");
        return SplitPattern.Named(pattern) ?? throw block.Refuse($"its pattern is not one of those known: {pattern}");
    }

    private static Func<string, string> ReadStep(JsonSettings block)
    {
        string? type = block.Text("type");
        switch (type)
        {
            case "Prepend":
                string prefix = block.Text("prepend") ?? throw block.Refuse("it has no prepend");
                return text => text.Length == 0 ? text : prefix + text;
            case "Replace":
                string pattern = StringPattern(block), content = block.Text("content") ?? throw block.Refuse("it has no content");
                if (pattern.Length == 0) throw block.Refuse("its pattern is empty");
                return text => text.Replace(pattern, content, StringComparison.Ordinal);
            default:
                throw block.Refuse($"type is {type ?? "absent"}; allowed with a model of type BPE are Prepend, Replace and Sequence");
        }
    }

    private static Metaspace ReadMetaspace(JsonSettings block)
    {
        string replacement = block.Text("replacement") ?? SentencePieceNormalizer.EscapedSpace;
        string scheme = block.Text("prepend_scheme") ?? ((block.Bool("add_prefix_space") ?? true) ? "always" : "never");
        if (scheme is not ("always" or "first" or "never"))
        {
            throw block.Refuse($"prepend_scheme is {scheme}; allowed are always, first and never");
        }
        return new Metaspace(replacement, scheme, block.Bool("split") ?? true);
    }
}

namespace LoraCluster.Files;

/// <summary>What a model's folder holds besides weights and config.json, and what no training or merging changes: tokenizer, templates,
/// generation settings.</summary>
public static class ModelCompanions
{
    private static readonly string[] Names =
    [
        "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.txt",
        "vocab.json", "merges.txt", "chat_template.jinja", "chat_template.json",
    ];

    /// <summary>Full paths of those that are in a folder; besides the known names every <c>*.model</c> (SentencePiece, whatever its
    /// name).</summary>
    /// <param name="folder">A model's folder, which exists.</param>
    public static IReadOnlyList<string> In(string folder) =>
    [
        .. Names.Select(name => Path.Combine(folder, name)).Where(File.Exists),
        .. Directory.EnumerateFiles(folder, "*.model").Order(StringComparer.Ordinal),
    ];
}

using System.Text.Json;

namespace LoraCluster.Hub;

/// <summary>
/// A model's configuration, its tokenizer, and its weights once: safetensors where there are any, else PyTorch's; one file, or an index
/// and every shard that it names. A repository of an adapter has its adapter's files instead.
/// </summary>
/// <param name="reference">The repository.</param>
/// <param name="part">All of it, or the tokenizer and the configurations alone.</param>
internal sealed class ModelSelection(HubReference reference, HubPart part) : IHubSelection
{
    private static readonly string[] Texts =
    [
        "config.json", "generation_config.json", "adapter_config.json", "tokenizer.json", "tokenizer_config.json",
        "special_tokens_map.json", "added_tokens.json", "vocab.txt", "vocab.json", "merges.txt", "tokenizer.model",
        "sentencepiece.bpe.model", "spiece.model",
    ];

    // The first that is there counts.
    private static readonly string[] Weights =
    [
        "model.safetensors", "model.safetensors.index.json", "adapter_model.safetensors",
        "pytorch_model.bin", "pytorch_model.bin.index.json", "adapter_model.bin",
    ];

    public IEnumerable<string> Wanted => Texts.Concat(Weights);

    public IReadOnlyList<string> First(IReadOnlyList<string> files) =>
        part == HubPart.All && WeightsOf(files) is { } weights && IsIndex(weights) ? [weights] : [];

    public IReadOnlyList<string> Needed(IReadOnlyList<string> files, Func<string, string> pathOf, Action<string> note)
    {
        if (part == HubPart.Tokenizer) return [.. Texts.Where(files.Contains)];
        string weights = WeightsOf(files) ?? throw new HubException(HubFault.Missing,
            $"the model '{reference.Repository}' has no weights that can be read: allowed are {string.Join(", ", Weights)}; "
            + $"it holds {ListOf(files)}");
        string[] shards = IsIndex(weights) ? ShardsOf(weights, pathOf(weights), files) : [];
        return [.. Texts.Where(files.Contains), weights, .. shards];
    }

    /// <summary>The first names of a list, for a message.</summary>
    internal static string ListOf(IReadOnlyList<string> files)
    {
        const int most = 12;
        string more = files.Count > most ? FormattableString.Invariant($" and {files.Count - most} more") : "";
        return files.Count == 0 ? "nothing" : string.Join(", ", files.Take(most)) + more;
    }

    private static string? WeightsOf(IReadOnlyList<string> files) => Weights.FirstOrDefault(files.Contains);

    private static bool IsIndex(string name) => name.EndsWith(".index.json", StringComparison.Ordinal);

    private string[] ShardsOf(string index, string path, IReadOnlyList<string> files)
    {
        string where = $"{index} of '{reference.Repository}'";
        string[] shards;
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            shards = [.. document.RootElement.GetProperty("weight_map").EnumerateObject()
                .Select(tensor => HubPath.Checked(tensor.Value.GetString() ?? "", where)).Distinct().Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new HubException(HubFault.BadAnswer, $"{where} is no index of shards (it has no weight_map of texts)", e);
        }
        string[] missing = [.. shards.Except(files, StringComparer.Ordinal)];
        return missing.Length == 0 ? shards
            : throw new HubException(HubFault.Missing, $"{where} names {string.Join(", ", missing)}, which the repository does not have");
    }
}

using System.Globalization;
using System.Text.Json;
using LoraCluster.Files;
using LoraCluster.Safetensors;

namespace LoraCluster.Merging;

/// <summary>
/// The weights of a model as files: one, or, where they are larger than a shard may be, several with an index, as Hugging Face's
/// libraries write them.
/// </summary>
internal static class WeightShards
{
    /// <summary>Bytes of tensors in one file at most, unless one tensor alone has more.</summary>
    public const long LargestShard = 5_000_000_000;

    /// <summary>The files, the index last.</summary>
    /// <param name="tensors">In the model's order.</param>
    /// <param name="largest">Bytes in one file.</param>
    public static IReadOnlyList<OutputFile> Of(IReadOnlyList<SafetensorSource> tensors, long largest = LargestShard)
    {
        List<List<SafetensorSource>> shards = Split(tensors, largest);
        if (shards.Count == 1) return [FileOf("model.safetensors", tensors)];
        string Name(int i) => string.Create(CultureInfo.InvariantCulture, $"model-{i + 1:00000}-of-{shards.Count:00000}.safetensors");
        var index = new
        {
            metadata = new { total_size = tensors.Sum(t => t.ByteLength) },
            weight_map = new SortedDictionary<string, string>(shards.SelectMany((shard, i) => shard.Select(t => (t.Name, Shard: Name(i))))
                .ToDictionary(t => t.Name, t => t.Shard, StringComparer.Ordinal), StringComparer.Ordinal),
        };
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(index, new JsonSerializerOptions { WriteIndented = true });
        return [.. shards.Select((shard, i) => FileOf(Name(i), shard)), OutputFile.Of("model.safetensors.index.json", json)];
    }

    private static List<List<SafetensorSource>> Split(IReadOnlyList<SafetensorSource> tensors, long largest)
    {
        List<List<SafetensorSource>> shards = [[]];
        long bytes = 0;
        foreach (SafetensorSource tensor in tensors)
        {
            if (bytes > 0 && bytes + tensor.ByteLength > largest)
            {
                shards.Add([]);
                bytes = 0;
            }
            shards[^1].Add(tensor);
            bytes += tensor.ByteLength;
        }
        return shards;
    }

    private static OutputFile FileOf(string name, IReadOnlyList<SafetensorSource> tensors) =>
        new(name, SafetensorsWriter.LengthOf(tensors), stream => SafetensorsWriter.Write(stream, tensors));
}

using System.Globalization;
using System.Text.Json;

namespace LoraCluster.Checkpoints;

/// <summary>
/// The index of a checkpoint in several files: <c>{"metadata": {...}, "weight_map": {TENSOR: FILE, ...}}</c>. Each file must lie beside
/// the index (a link out of the folder is fine, as in Hugging Face's cache; a path is not) and hold just the tensors that are named for it.
/// </summary>
internal sealed class ShardIndex
{
    private const int LargestFile = 64 << 20, MostFaultsShown = 10;
    private readonly string path;
    private readonly Dictionary<string, string> fileOf;

    private ShardIndex(string path, Dictionary<string, string> fileOf)
    {
        (this.path, this.fileOf) = (path, fileOf);
        string folder = Path.GetDirectoryName(path) ?? "";
        Shards = [.. fileOf.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(name => Path.Combine(folder, name))];
    }

    /// <summary>Paths of the files, in ordinal order of their names.</summary>
    public IReadOnlyList<string> Shards { get; }

    /// <exception cref="UserErrorException">The file cannot be read or is not such an index.</exception>
    public static ShardIndex Read(string path)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            if (stream.Length > LargestFile) throw Refuse(path, $"it has {Format(stream.Length)} bytes, more than {Format(LargestFile)}");
            using JsonDocument json = JsonDocument.Parse(stream);
            return new ShardIndex(path, FilesIn(path, json.RootElement));
        }
        catch (JsonException fault)
        {
            throw Refuse(path, $"it is not valid JSON: {fault.Message}", fault);
        }
        catch (InvalidOperationException fault)
        {
            // A lone surrogate written as an escape is valid JSON, and no text.
            throw Refuse(path, "a name is not valid Unicode", fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"cannot read {path}: {fault.Message}", fault);
        }
    }

    /// <summary>Compares what a shard holds with what is named for it.</summary>
    public void Check(ITensorFile shard, List<string> faults)
    {
        string file = Path.GetFileName(shard.Path);
        var found = shard.Tensors.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        string[] wrong =
        [
            .. fileOf.Where(pair => pair.Value == file && !found.Contains(pair.Key)).Select(pair => $"has no tensor \"{pair.Key}\", "
                + "which the index names for it"),
            .. found.Where(name => !fileOf.ContainsKey(name)).Select(name => $"has the tensor \"{name}\", which the index does not name"),
            .. found.Where(name => fileOf.TryGetValue(name, out string? other) && other != file)
                .Select(name => $"has the tensor \"{name}\", which the index names for {fileOf[name]}"),
        ];
        faults.AddRange(wrong.Take(MostFaultsShown).Select(fault => $"{shard.Path} {fault}"));
        if (wrong.Length > MostFaultsShown) faults.Add($"{shard.Path}: and {Format(wrong.Length - MostFaultsShown)} more faults like these");
    }

    private static Dictionary<string, string> FilesIn(string path, JsonElement root)
    {
        var fileOf = new Dictionary<string, string>(StringComparer.Ordinal);
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("weight_map", out JsonElement map)
            || map.ValueKind != JsonValueKind.Object) throw Refuse(path, "it has no object \"weight_map\"");
        foreach (JsonProperty pair in map.EnumerateObject())
        {
            if (pair.Value.ValueKind != JsonValueKind.String) throw Refuse(path, $"the file of tensor \"{pair.Name}\" is not a string");
            string file = pair.Value.GetString()!;
            if (!IsPlainName(file))
                throw Refuse(path, $"tensor \"{pair.Name}\" is in \"{file}\"; allowed is the name of a file in the same folder");
            if (!fileOf.TryAdd(pair.Name, file)) throw Refuse(path, $"tensor \"{pair.Name}\" stands there twice");
        }
        return fileOf.Count > 0 ? fileOf : throw Refuse(path, "its weight_map is empty");
    }

    private static bool IsPlainName(string file) =>
        file.Length is > 0 and < 256 && file is not ("." or "..") && file.AsSpan().IndexOfAny("/\\:\0") < 0;

    private static string Format(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static UserErrorException Refuse(string path, string fault, Exception? inner = null) =>
        new($"{path} is not a valid index of a checkpoint: {fault}", inner);
}

using LoraCluster.Pickle;
using LoraCluster.Safetensors;

namespace LoraCluster.Checkpoints;

/// <summary>
/// The weights of a model folder in any form that Hugging Face's libraries write: one file or several shards with an index, in the
/// format of safetensors or of <c>torch.save</c>. The files stay mapped until this is disposed. Reading from several threads is safe.
/// </summary>
public sealed class CheckpointFile : IDisposable
{
    private const int CopyBytes = 1 << 20;
    private readonly List<ITensorFile> parts = [];
    private readonly Dictionary<string, ITensorFile> owners = new(StringComparer.Ordinal);

    private CheckpointFile(string path) => Path = path;

    /// <summary>The names under which weights are looked for in a folder; the first that is there counts.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json"];

    /// <summary>The file that was opened: the weights themselves, or the index of their shards.</summary>
    public string Path { get; }

    /// <summary>All files that were opened: <see cref="Path"/>, and the shards.</summary>
    public IReadOnlyList<string> Files => [.. parts.Select(part => part.Path).Prepend(Path).Distinct(StringComparer.Ordinal)];

    /// <summary>The tensors: file by file in ordinal order of their names, each in its own order.</summary>
    public IReadOnlyList<CheckpointTensor> Tensors { get; private set; } = [];

    /// <summary>What the safetensors headers say besides; empty for other forms.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Metadata =>
        [.. parts.OfType<SafetensorsReader>().SelectMany(part => part.Metadata).Distinct()
            .OrderBy(pair => pair.Key, StringComparer.Ordinal)];

    /// <summary>The weights of a folder; null where there are none.</summary>
    /// <returns>The path of the first of <see cref="Names"/> that is there.</returns>
    public static string? Find(string folder) =>
        Names.Select(name => System.IO.Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>The files that <see cref="Open"/> would read, by the index alone where there is one; none where there are no
    /// weights.</summary>
    /// <exception cref="UserErrorException">The index is not valid.</exception>
    public static IReadOnlyList<string> FilesOf(string folder)
    {
        if (Find(folder) is not { } path) return [];
        return IsIndex(path) ? [path, .. ShardIndex.Read(path).Shards] : [path];
    }

    /// <summary>Opens the weights of a folder. The caller disposes.</summary>
    /// <exception cref="UserErrorException">There are none, or a file is not valid; the message names it, and what is allowed.</exception>
    public static CheckpointFile Open(string folder) => OpenFile(Find(folder)
        ?? throw new UserErrorException($"{folder} has no weights; allowed are {string.Join(", ", Names)}"));

    /// <summary>Opens one file: <c>*.safetensors</c>, <c>*.index.json</c> with its shards beside it, or else a file of
    /// <c>torch.save</c>. The caller disposes.</summary>
    /// <exception cref="UserErrorException">A file cannot be read or is not valid; the message names it.</exception>
    public static CheckpointFile OpenFile(string path)
    {
        var checkpoint = new CheckpointFile(path);
        try
        {
            if (IsIndex(path)) checkpoint.AddShards(ShardIndex.Read(path));
            else checkpoint.Add(path);
            checkpoint.Tensors = [.. checkpoint.parts.SelectMany(part => part.Tensors)];
            return checkpoint;
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Reads a tensor as F32, row-major whatever its layout in the file. F16, BF16 and 8-bit floats are widened exactly; F64 is rounded
    /// to nearest.
    /// </summary>
    /// <param name="name">The tensor.</param>
    /// <param name="destination">Exactly as long as the tensor has elements.</param>
    /// <exception cref="UserErrorException">No tensor of that name, or its dtype is not one that can be read as F32.</exception>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    public void ReadSingles(string name, Span<float> destination)
    {
        if (!owners.TryGetValue(name, out ITensorFile? owner)) throw new UserErrorException($"{Path} has no tensor \"{name}\"");
        owner.ReadSingles(name, destination);
    }

    /// <summary>Writes a tensor's elements, little-endian and row-major: a safetensors file's bytes as they are, and of other forms those
    /// that stand for the same F32, F16 or BF16 numbers.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="stream">Where to; need not seek.</param>
    /// <exception cref="UserErrorException">No tensor of that name, or one of another form whose dtype is none of these.</exception>
    public void Copy(string name, Stream stream)
    {
        if (!owners.TryGetValue(name, out ITensorFile? owner)) throw new UserErrorException($"{Path} has no tensor \"{name}\"");
        CheckpointTensor tensor = owner.Tensors.First(t => t.Name == name);
        if (owner is SafetensorsReader safe)
        {
            for (long done = 0; done < tensor.ByteLength; done += CopyBytes)
                stream.Write(safe.Bytes(name, done, (int)Math.Min(CopyBytes, tensor.ByteLength - done)));
            return;
        }
        if (!SingleNarrowing.Supports(tensor.Dtype))
            throw new UserErrorException($"{owner.Path}: tensor \"{name}\" is {tensor.DtypeName}; allowed here are F32, F16 and BF16");
        var values = new float[tensor.ElementCount];
        owner.ReadSingles(name, values);
        SingleNarrowing.Write(tensor.Dtype, values, stream);
    }

    /// <summary>Unmaps the files.</summary>
    public void Dispose()
    {
        foreach (ITensorFile part in parts) part.Dispose();
    }

    private static bool IsIndex(string path) => path.EndsWith(".index.json", StringComparison.Ordinal);

    private ITensorFile Add(string path)
    {
        ITensorFile part = path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) ? SafetensorsReader.Open(path)
            : TorchFile.Open(path);
        parts.Add(part);
        foreach (CheckpointTensor tensor in part.Tensors) owners.TryAdd(tensor.Name, part);
        return part;
    }

    private void AddShards(ShardIndex index)
    {
        var faults = new List<string>();
        foreach (string shard in index.Shards)
        {
            if (File.Exists(shard)) index.Check(Add(shard), faults);
            else faults.Add($"{Path} names the file {System.IO.Path.GetFileName(shard)}, which is not there");
        }
        if (faults.Count > 0) throw new UserErrorException(string.Join('\n', faults));
    }
}

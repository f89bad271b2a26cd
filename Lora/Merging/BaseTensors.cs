using LoraCluster.Safetensors;

namespace LoraCluster.Merging;

/// <summary>The weights of a model's folder as they stand on the disk. The caller disposes it.</summary>
internal sealed class BaseTensors : IDisposable
{
    private const int CopyBytes = 1 << 20;
    private readonly SafetensorsReader _reader;

    private BaseTensors(SafetensorsReader reader) => _reader = reader;

    /// <summary>The file, for messages.</summary>
    public string Path => _reader.Path;

    /// <summary>Names and shapes.</summary>
    public IEnumerable<(string Name, long[] Shape)> Tensors => _reader.Tensors.Select(t => (t.Name, t.Shape));

    /// <summary>Opens a model's folder.</summary>
    /// <exception cref="UserErrorException">It has no weights, or they are not valid.</exception>
    public static BaseTensors Open(string folder) => new(SafetensorsReader.Open(System.IO.Path.Combine(folder, "model.safetensors")));

    /// <summary>Type of a tensor's elements, and its name in the file.</summary>
    public (SafetensorDtype Dtype, string Name) DtypeOf(string name) => (_reader.Get(name).Dtype, _reader.Get(name).DtypeName);

    /// <summary>The elements of a tensor as F32.</summary>
    public void ReadSingles(string name, Span<float> destination) => _reader.ReadSingles(name, destination);

    /// <summary>Writes a tensor's bytes as they are.</summary>
    public void Copy(string name, Stream stream)
    {
        long length = _reader.Get(name).ByteLength;
        for (long done = 0; done < length; done += CopyBytes)
            stream.Write(_reader.Bytes(name, done, (int)Math.Min(CopyBytes, length - done)));
    }

    public void Dispose() => _reader.Dispose();
}

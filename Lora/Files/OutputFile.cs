namespace LoraCluster.Files;

/// <summary>A file that is made while it is written, so that it may be larger than the memory.</summary>
/// <param name="Name">File name, without a folder.</param>
/// <param name="Length">Bytes.</param>
/// <param name="WriteTo">Writes its bytes to a stream that need not seek.</param>
public sealed record OutputFile(string Name, long Length, Action<Stream> WriteTo)
{
    /// <summary>A file of bytes at hand.</summary>
    public static OutputFile Of(string name, byte[] content) => new(name, content.Length, stream => stream.Write(content));

    /// <summary>A copy of a file, under its own name.</summary>
    public static OutputFile CopyOf(string path) => new(Path.GetFileName(path), new FileInfo(path).Length, stream =>
    {
        using FileStream source = File.OpenRead(path);
        source.CopyTo(stream);
    });
}

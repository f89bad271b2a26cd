namespace LoraCluster.Grains.Work;

/// <summary>A part of a folder that streams from a silo.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.FolderPart")]
public abstract record FolderPart;

/// <summary>The first part: what is to come.</summary>
/// <param name="Files">The files, in the order in which they come.</param>
/// <param name="Notices">Remarks for people.</param>
/// <param name="Summary">What was made, in a line.</param>
[GenerateSerializer, Immutable, Alias("loracluster.FolderStart")]
public sealed record FolderStart(
    [property: Id(0)] IReadOnlyList<FolderFile> Files, [property: Id(1)] IReadOnlyList<string> Notices,
    [property: Id(2)] string Summary) : FolderPart;

/// <summary>Some bytes of the file at hand, where the last ones ended.</summary>
/// <param name="Bytes">At most <see cref="MaxBytes"/>.</param>
[GenerateSerializer, Immutable, Alias("loracluster.FolderBytes")]
public sealed record FolderBytes([property: Id(0)] byte[] Bytes) : FolderPart
{
    /// <summary>Most bytes of a part.</summary>
    public const int MaxBytes = 1024 * 1024;
}

/// <summary>The end of the file at hand.</summary>
/// <param name="Sha256">SHA-256 of its bytes, lower-case hex.</param>
[GenerateSerializer, Immutable, Alias("loracluster.FolderFileEnd")]
public sealed record FolderFileEnd([property: Id(0)] string Sha256) : FolderPart;

/// <summary>A file that is to come.</summary>
/// <param name="Name">A plain file name.</param>
/// <param name="Length">Bytes.</param>
[GenerateSerializer, Immutable, Alias("loracluster.FolderFile")]
public sealed record FolderFile([property: Id(0)] string Name, [property: Id(1)] long Length);

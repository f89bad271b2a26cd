using MessagePack;

namespace LoraCluster.Grains.Artifacts;

/// <summary>A finished run's files (an adapter folder, or a model folder), immutable; the key is the SHA-256 of the weights file.</summary>
[Alias("loracluster.IArtifactGrain")]
public interface IArtifactGrain : IGrainWithStringKey
{
    /// <summary>What files there are, or null if the artifact does not exist.</summary>
    [Alias("GetManifest")] Task<ArtifactManifest?> GetManifestAsync();

    /// <summary>One chunk of a file: all are <see cref="ArtifactManifest.ChunkBytes"/> long but the last.</summary>
    /// <exception cref="ClusterRequestException">No such file or chunk, or the stored bytes do not match their hash.</exception>
    [Alias("ReadChunk")] Task<byte[]> ReadChunkAsync(string file, int chunk);
}

/// <summary>The files of an artifact.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.ArtifactManifest"), MessagePackObject]
public sealed record ArtifactManifest([property: Id(0), Key(0)] string RunId, [property: Id(1), Key(1)] IReadOnlyList<ArtifactFile> Files)
{
    /// <summary>Bytes of a chunk: 512 KiB, well under every limit of a message.</summary>
    public const int ChunkBytes = 512 * 1024;
}

/// <summary>One file of an artifact.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.ArtifactFile"), MessagePackObject]
public sealed record ArtifactFile(
    [property: Id(0), Key(0)] string Name, [property: Id(1), Key(1)] long Length, [property: Id(2), Key(2)] string Sha256);

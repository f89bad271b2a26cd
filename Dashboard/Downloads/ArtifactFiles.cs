using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using LoraCluster.Dashboard.Cluster;
using LoraCluster.Grains;
using LoraCluster.Grains.Artifacts;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Dashboard.Downloads;

/// <summary>
/// Reads the files of finished runs, chunk by chunk. The last chunk of a file is handed out only when the whole has the SHA-256 that the
/// manifest names, so a file that arrives whole is the right one.
/// </summary>
internal sealed class ArtifactFiles(ICluster cluster)
{
    /// <summary>The files of a run's result; null: there is no such run, or it has no result (yet).</summary>
    public async Task<(string ArtifactId, ArtifactManifest Manifest)?> FindAsync(string runId)
    {
        if (!RunIds.IsValid(runId)) return null;
        RunStatus? run = await cluster.GetRunAsync(runId);
        if (run?.Result is not { } result || await cluster.GetManifestAsync(result.ArtifactId) is not { } manifest) return null;
        // Names come over the network and go into headers and archives.
        return manifest.Files.All(f => IsPlain(f.Name)) ? (result.ArtifactId, manifest) : null;
    }

    /// <summary>The bytes of a file.</summary>
    /// <exception cref="ClusterRequestException">They are not what the manifest promises.</exception>
    public async IAsyncEnumerable<byte[]> ReadAsync(
        string artifactId, ArtifactFile file, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long chunks = (file.Length + ArtifactManifest.ChunkBytes - 1) / ArtifactManifest.ChunkBytes;
        for (int chunk = 0; chunk < chunks; chunk++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            byte[] bytes = await cluster.ReadChunkAsync(artifactId, file.Name, chunk);
            hash.AppendData(bytes);
            long expected = Math.Min(ArtifactManifest.ChunkBytes, file.Length - (long)chunk * ArtifactManifest.ChunkBytes);
            if (bytes.Length != expected) throw Damaged(file);
            if (chunk == chunks - 1 && !Matches(hash, file)) throw Damaged(file);
            yield return bytes;
        }
    }

    private static bool Matches(IncrementalHash hash, ArtifactFile file) =>
        string.Equals(Convert.ToHexStringLower(hash.GetHashAndReset()), file.Sha256, StringComparison.OrdinalIgnoreCase);

    private static ClusterRequestException Damaged(ArtifactFile file) =>
        new($"the artifact's file '{file.Name}' is damaged: its bytes are not those of its SHA-256");

    private static bool IsPlain(string name) =>
        name.Length is > 0 and <= 255 && name is not ("." or "..") && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');
}

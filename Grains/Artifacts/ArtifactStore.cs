using System.Security.Cryptography;
using LoraCluster.Grains.Blobs;
using LoraCluster.Training;

namespace LoraCluster.Grains.Artifacts;

/// <summary>The bytes of artifacts: chunked blobs <c>artifact/SHA-256/file/chunk</c>, written whole before the artifact's
/// manifest.</summary>
public sealed class ArtifactStore(BlobStore blobs)
{
    /// <summary>Writes a run's files. Returns their manifest; the weights file's SHA-256 is the artifact's key.</summary>
    public async Task<(string ArtifactId, ArtifactManifest Manifest)> WriteAsync(string runId, IReadOnlyList<ResultFile> files)
    {
        ResultFile weights = files.Single(f => f.IsWeights);
        string id = HashOf(weights.Content);
        foreach (ResultFile file in files)
        {
            int chunk = 0;
            for (int offset = 0; offset < file.Content.Length; offset += ArtifactManifest.ChunkBytes, chunk++)
            {
                byte[] bytes = file.Content.AsSpan(offset, Math.Min(ArtifactManifest.ChunkBytes, file.Content.Length - offset)).ToArray();
                await blobs.WriteAsync(BlobStore.KeyOf(PrefixOf(id, file.Name), chunk), bytes);
            }
        }
        return (id, new ArtifactManifest(runId, [.. files.Select(f => new ArtifactFile(f.Name, f.Content.Length, HashOf(f.Content)))]));
    }

    /// <summary>One chunk of a file.</summary>
    /// <exception cref="BlobException">It is missing or damaged.</exception>
    public Task<byte[]> ReadChunkAsync(string artifactId, string file, int chunk) =>
        blobs.ReadAsync(BlobStore.KeyOf(PrefixOf(artifactId, file), chunk));

    /// <summary>Deletes the files' bytes.</summary>
    public async Task DeleteAsync(string artifactId, ArtifactManifest manifest)
    {
        foreach (ArtifactFile file in manifest.Files) await blobs.DeleteChunksAsync(PrefixOf(artifactId, file.Name));
    }

    private static string PrefixOf(string artifactId, string file) => $"artifact/{artifactId}/{file}";

    private static string HashOf(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}

using System.Security.Cryptography;
using LoraCluster.Client.Connection;
using LoraCluster.Grains.Artifacts;

namespace LoraCluster.Client.Results;

/// <summary>Copies a finished run's files to a folder; a file is there whole and checked, or not at all.</summary>
internal sealed class ArtifactDownload(IClusterConnection connection)
{
    private const string PartEnding = ".part";

    /// <returns>The files written.</returns>
    public async Task<IReadOnlyList<ArtifactFile>> PullAsync(
        string artifactId, string folder, bool overwrite, CancellationToken cancellationToken)
    {
        ArtifactManifest manifest = await connection.GetManifestAsync(artifactId, cancellationToken)
            ?? throw new ClientException(ExitCodes.Failed, $"the cluster no longer has the artifact {artifactId}");
        Check(manifest, folder, overwrite);
        try
        {
            Directory.CreateDirectory(folder);
            foreach (ArtifactFile file in manifest.Files) await WritePartAsync(artifactId, file, folder, cancellationToken);
            foreach (ArtifactFile file in manifest.Files) File.Move(PartOf(folder, file), Path.Combine(folder, file.Name), overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClientException(ExitCodes.Failed, $"cannot write to '{folder}': {e.Message}", e);
        }
        finally
        {
            foreach (ArtifactFile file in manifest.Files) DeletePart(PartOf(folder, file));
        }
        return manifest.Files;
    }

    private static void Check(ArtifactManifest manifest, string folder, bool overwrite)
    {
        var faults = new List<string>();
        if (File.Exists(folder)) faults.Add($"output is '{folder}', which is a file; allowed is a folder");
        foreach (ArtifactFile file in manifest.Files)
        {
            // The name comes over the network: it must not lead out of the folder.
            if (file.Name is "" or "." or ".." || file.Name.AsSpan().IndexOfAny(@"/\:" + '\0') >= 0)
                faults.Add($"the artifact names a file '{file.Name}', which is no plain file name");
            else if (!overwrite && Path.Combine(folder, file.Name) is var path && File.Exists(path))
                faults.Add($"'{path}' exists; --force overwrites it");
        }
        ClientException.ThrowIfAny(faults);
    }

    private async Task WritePartAsync(string artifactId, ArtifactFile file, string folder, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using FileStream part = new(PartOf(folder, file), FileMode.Create, FileAccess.Write, FileShare.None);
        long chunks = (file.Length + ArtifactManifest.ChunkBytes - 1) / ArtifactManifest.ChunkBytes;
        for (int chunk = 0; chunk < chunks; chunk++)
        {
            byte[] bytes = await connection.ReadChunkAsync(artifactId, file.Name, chunk, cancellationToken);
            long expected = Math.Min(ArtifactManifest.ChunkBytes, file.Length - part.Position);
            if (bytes.Length != expected) throw Damaged(file, $"chunk {chunk} has {bytes.Length} bytes instead of {expected}");
            hash.AppendData(bytes);
            await part.WriteAsync(bytes, cancellationToken);
        }
        string sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (!string.Equals(sha256, file.Sha256, StringComparison.OrdinalIgnoreCase))
            throw Damaged(file, $"its SHA-256 is {sha256} instead of {file.Sha256}");
    }

    private static ClientException Damaged(ArtifactFile file, string what) =>
        new(ExitCodes.Failed, $"the artifact's file '{file.Name}' is damaged: {what}; nothing was written");

    private static string PartOf(string folder, ArtifactFile file) => Path.Combine(folder, file.Name + PartEnding);

    private static void DeletePart(string path)
    {
        if (File.Exists(path)) File.Delete(path);
    }
}

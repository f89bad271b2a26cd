using System.Globalization;
using LoraCluster.Grains.Hosting;
using LoraCluster.Grains.Blobs;
using LoraCluster.Grains.Storage;
using MessagePack;

namespace LoraCluster.Grains.Artifacts;

/// <summary>What writes and deletes artifacts inside the cluster; the key is the SHA-256 of the weights file.</summary>
[Alias("loracluster.IArtifactWriterGrain")]
public interface IArtifactWriterGrain : IGrainWithStringKey
{
    /// <summary>Makes files known whose bytes are written. Runs with the same weights share one artifact.</summary>
    [Alias("Commit")] Task CommitAsync(ArtifactManifest manifest);

    /// <summary>A run no longer needs it; with the last one it is deleted.</summary>
    [Alias("Release")] Task ReleaseAsync(string runId);
}

/// <summary>The persisted part of an artifact.</summary>
[MessagePackObject, StateSchema("artifact", 1)]
public sealed class ArtifactState
{
    /// <summary>The files; null before the first commit.</summary>
    [Key(0)] public ArtifactManifest? Manifest { get; set; }

    /// <summary>Runs that ended with these weights.</summary>
    [Key(1)] public List<string> Runs { get; set; } = [];
}

/// <summary>An artifact: names and hashes here, bytes in the blob store.</summary>
public sealed class ArtifactGrain(
    [PersistentState("artifact", ClusterGrainsHosting.StateProviderName)] IPersistentState<ArtifactState> state, ArtifactStore store)
    : Grain, IArtifactGrain, IArtifactWriterGrain
{
    /// <inheritdoc/>
    public Task<ArtifactManifest?> GetManifestAsync() => Task.FromResult(state.State.Manifest);

    /// <inheritdoc/>
    public async Task<byte[]> ReadChunkAsync(string file, int chunk)
    {
        string id = this.GetPrimaryKeyString();
        ArtifactManifest manifest = state.State.Manifest ?? throw new ClusterRequestException($"there is no artifact {id}");
        ArtifactFile entry = manifest.Files.FirstOrDefault(f => string.Equals(f.Name, file, StringComparison.Ordinal))
            ?? throw new ClusterRequestException(
                $"artifact {id} has no file '{file}'; it has {string.Join(", ", manifest.Files.Select(f => f.Name))}");
        long chunks = (entry.Length + ArtifactManifest.ChunkBytes - 1) / ArtifactManifest.ChunkBytes;
        if (chunk < 0 || chunk >= chunks)
            throw new ClusterRequestException(string.Create(CultureInfo.InvariantCulture,
                $"chunk is {chunk}; '{file}' of artifact {id} has {chunks}"));
        try { return await store.ReadChunkAsync(id, file, chunk); }
        catch (BlobException e) { throw new ClusterRequestException($"'{file}' of artifact {id} cannot be read: {e.Message}"); }
    }

    /// <inheritdoc/>
    public async Task CommitAsync(ArtifactManifest manifest)
    {
        // Equal weights are one artifact; what only an earlier run brought beside them stays, and is deleted with the last of them.
        IEnumerable<ArtifactFile> earlier = state.State.Manifest?.Files ?? [];
        state.State.Manifest = manifest with
        {
            Files = [.. manifest.Files, .. earlier.ExceptBy(manifest.Files.Select(f => f.Name), f => f.Name, StringComparer.Ordinal)],
        };
        if (!state.State.Runs.Contains(manifest.RunId)) state.State.Runs.Add(manifest.RunId);
        await state.WriteStateAsync();
    }

    /// <inheritdoc/>
    public async Task ReleaseAsync(string runId)
    {
        if (state.State.Manifest is not { } manifest) return;
        state.State.Runs.Remove(runId);
        if (state.State.Runs.Count > 0)
        {
            await state.WriteStateAsync();
            return;
        }
        await store.DeleteAsync(this.GetPrimaryKeyString(), manifest);
        await state.ClearStateAsync();
        DeactivateOnIdle();
    }
}

using LoraCluster.Adapters;
using LoraCluster.Grains.Artifacts;
using LoraCluster.Grains.Blobs;
using LoraCluster.Grains.Trainers;
using LoraCluster.Hub;

namespace LoraCluster.Grains.Work;

/// <summary>Finds models, and reads adapters from a folder of this silo, from the hub or from the cluster's artifacts; on a work's own
/// thread, which may block.</summary>
internal sealed class AdapterReader(IGrainFactory grains, ArtifactStore artifacts, HubFolders hub)
{
    /// <summary>The adapter of a source.</summary>
    /// <exception cref="UserErrorException">The folder or the artifact cannot be used.</exception>
    public AdapterFolder Read(AdapterSource source, CancellationToken cancellationToken)
    {
        if (source.Folder is { } path) return AdapterFolder.Read(FolderOf("adapter", path, cancellationToken));
        string id = source.ArtifactId ?? throw new UserErrorException($"{source.Name} names neither a folder nor an artifact");
        string temporary = Directory.CreateTempSubdirectory("loracluster-adapter-").FullName;
        try
        {
            CopyArtifact(id, source.Name, [AdapterFolder.ConfigFile, AdapterFolder.WeightsFile], temporary, cancellationToken);
            return AdapterFolder.Read(temporary).CalledBy(source.Name);
        }
        finally { Directory.Delete(temporary, recursive: true); }
    }

    /// <summary>The folder of a path, or of a name at the hub.</summary>
    /// <param name="what">What it holds, for messages.</param>
    /// <param name="path">The path or name.</param>
    /// <param name="cancellationToken">Ends a download.</param>
    /// <exception cref="UserErrorException">It is not there and cannot be had.</exception>
    public string FolderOf(string what, string path, CancellationToken cancellationToken)
    {
        string folder = hub.FolderOf(path, HubKind.Model, cancellationToken);
        if (Directory.Exists(folder)) return folder;
        throw new UserErrorException($"the {what} folder {folder} does not exist on {Environment.MachineName}");
    }

    /// <summary>Copies files of an artifact to a folder.</summary>
    /// <param name="id">The artifact.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="files">Names of the files.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="UserErrorException">The cluster does not have it, or it has no such file.</exception>
    public void CopyArtifact(
        string id, string name, IReadOnlyList<string> files, string folder, CancellationToken cancellationToken) =>
        Task.Run(() => CopyAsync(id, name, files, folder, cancellationToken), cancellationToken).GetAwaiter().GetResult();

    private async Task CopyAsync(
        string id, string name, IReadOnlyList<string> files, string folder, CancellationToken cancellationToken)
    {
        ArtifactManifest manifest = await grains.GetGrain<IArtifactGrain>(id).GetManifestAsync()
            ?? throw new UserErrorException($"the cluster no longer has the artifact of {name}");
        foreach (string wanted in files)
        {
            ArtifactFile file = manifest.Files.FirstOrDefault(f => f.Name == wanted) ?? throw new UserErrorException(
                $"{name} has no {wanted}: it has {string.Join(", ", manifest.Files.Select(f => f.Name))}");
            await using FileStream stream = File.Create(Path.Combine(folder, wanted));
            for (int chunk = 0; stream.Position < file.Length; chunk++)
            {
                try { await stream.WriteAsync(await artifacts.ReadChunkAsync(id, wanted, chunk), cancellationToken); }
                catch (BlobException e) { throw new UserErrorException($"'{wanted}' of {name} cannot be read: {e.Message}", e); }
            }
        }
    }
}

using System.Security.Cryptography;
using LoraCluster.Files;
using LoraCluster.Grains.Work;

namespace LoraCluster.Client.Results;

/// <summary>A file that was written, with its hash.</summary>
internal sealed record WrittenFile(string Name, long Length, string Sha256);

/// <summary>Writes a folder that streams from a silo: it is there whole and checked, or not at all.</summary>
internal sealed class FolderDownload(IAsyncEnumerable<FolderPart> parts, StagedFolder staged)
{
    private readonly List<WrittenFile> _written = [];
    private FolderStart? _start;

    /// <summary>What the silo announced.</summary>
    public FolderStart Start => _start ?? throw Broken("it announced no files");

    /// <summary>Files that are written.</summary>
    public IReadOnlyList<WrittenFile> Written => _written;

    /// <summary>Writes all files and gives the folder its name.</summary>
    /// <param name="progress">Told the bytes that are written, and all that are to come.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task WriteAsync(Action<long, long> progress, CancellationToken cancellationToken)
    {
        long done = 0;
        FileInProgress? file = null;
        try
        {
            await foreach (FolderPart part in parts.WithCancellation(cancellationToken))
            {
                switch (part)
                {
                    case FolderStart start when _start is null:
                        _start = start;
                        break;
                    case FolderBytes { Bytes: var bytes }:
                        file ??= Begin();
                        await file.WriteAsync(bytes, cancellationToken);
                        done += bytes.Length;
                        break;
                    case FolderFileEnd end:
                        file ??= Begin();
                        _written.Add(file.End(end.Sha256));
                        await file.DisposeAsync();
                        file = null;
                        break;
                    default: throw Broken($"a {part.GetType().Name} came out of its turn");
                }
                progress(done, Start.Files.Sum(f => f.Length));
            }
        }
        finally
        {
            if (file is not null) await file.DisposeAsync();
        }
        if (_written.Count != Start.Files.Count) throw Broken($"{_written.Count} of {Start.Files.Count} files came");
        staged.Complete();
    }

    private FileInProgress Begin()
    {
        if (_written.Count >= Start.Files.Count) throw Broken("more files came than were announced");
        FolderFile file = Start.Files[_written.Count];
        return new FileInProgress(file, staged.Create(file.Name));
    }

    private static ClientException Broken(string what) =>
        new(ExitCodes.Failed, $"what the silo sent is damaged: {what}; nothing was written");

    private sealed class FileInProgress(FolderFile file, FileStream stream) : IAsyncDisposable
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public async Task WriteAsync(byte[] bytes, CancellationToken cancellationToken)
        {
            if (stream.Position + bytes.Length > file.Length) throw Broken($"'{file.Name}' has more than its {file.Length} bytes");
            _hash.AppendData(bytes);
            await stream.WriteAsync(bytes, cancellationToken);
        }

        public WrittenFile End(string sha256)
        {
            string actual = Convert.ToHexStringLower(_hash.GetHashAndReset());
            if (stream.Position != file.Length) throw Broken($"'{file.Name}' has {stream.Position} bytes instead of {file.Length}");
            if (actual != sha256) throw Broken($"the SHA-256 of '{file.Name}' is {actual} instead of {sha256}");
            return new WrittenFile(file.Name, file.Length, actual);
        }

        public async ValueTask DisposeAsync()
        {
            _hash.Dispose();
            await stream.DisposeAsync();
        }
    }
}

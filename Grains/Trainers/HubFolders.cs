using LoraCluster.Hub;
using Microsoft.Extensions.Logging;

namespace LoraCluster.Grains.Trainers;

/// <summary>
/// The folder of what a spec names: a path is taken as it is; a name at the hub, with the commit that the client found, is looked up in
/// this machine's cache and downloaded where it is not there.
/// </summary>
internal sealed partial class HubFolders(ILogger<HubFolders> logger)
{
    /// <summary>The hub and its cache, read from the environment at each look-up that needs them.</summary>
    internal Func<HubOptions> Options { get; init; } = HubOptions.FromEnvironment;

    /// <summary>Blocks until the folder is there: a trainer's own thread has nothing else to do.</summary>
    /// <exception cref="UserErrorException">It cannot be had; the message says why.</exception>
    public string FolderOf(string pathOrName, HubKind kind, CancellationToken cancellationToken)
    {
        var sink = new Sink(this);
        string folder = HubSnapshot.FolderOfAsync(pathOrName, kind, Options, sink, cancellationToken).GetAwaiter().GetResult();
        if (sink.Bytes > 0) LogPulled(logger, pathOrName, sink.Bytes);
        return folder;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Repository}: pulling {Files} files of {Bytes} bytes from the hub")]
    private static partial void LogPulling(ILogger logger, string repository, int files, long bytes);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Name} was pulled from the hub, {Bytes} bytes")]
    private static partial void LogPulled(ILogger logger, string name, long bytes);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Repository}: {Notice}")]
    private static partial void LogNotice(ILogger logger, string repository, string notice);

    private sealed class Sink(HubFolders folders) : IProgress<HubProgress>
    {
        private int _files;

        public long Bytes { get; private set; }

        public void Report(HubProgress value)
        {
            if (value.Notice is { } notice) LogNotice(folders.Logger, value.Repository, notice);
            if (value.Files > _files) LogPulling(folders.Logger, value.Repository, value.Files, value.TotalBytes);
            (_files, Bytes) = (value.Files, value.Bytes);
        }
    }

    private ILogger Logger => logger;
}

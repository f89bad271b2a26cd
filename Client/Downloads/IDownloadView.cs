using LoraCluster.Hub;
using Spectre.Console;

namespace LoraCluster.Client.Downloads;

/// <summary>Shows a download while it lasts.</summary>
internal interface IDownloadView
{
    /// <summary>Where it is shown.</summary>
    IAnsiConsole Console { get; }

    /// <summary>How far it was at last; null if there was nothing to tell.</summary>
    HubProgress? Last { get; }

    /// <summary>Runs the download, which reports to the given sink.</summary>
    Task<HubSnapshot> ShowAsync(Func<IProgress<HubProgress>, Task<HubSnapshot>> download);
}

using LoraCluster.Client.Rendering;
using LoraCluster.Hub;
using LoraCluster.Reports.Words;

namespace LoraCluster.Client.Downloads;

/// <summary>Names at the hub to folders on this machine, with the download shown as the console allows.</summary>
/// <param name="context">Consoles, clock, interrupts and the hub's options.</param>
/// <param name="json">True if standard output is for scripts.</param>
internal sealed class HubPull(ClientContext context, bool json)
{
    /// <summary>True if there is something of that name on this machine, or a folder FOLDER of FOLDER:SUBSET: then it is local and the hub
    /// is never asked.</summary>
    public static bool IsLocal(string text) => Directory.Exists(text) || File.Exists(text)
        || (text.LastIndexOf(':') is > 0 and int colon && Directory.Exists(text[..colon]));

    /// <summary>The folder of a name or path: as it is if it is local or no name at the hub, else downloaded.</summary>
    /// <exception cref="UserErrorException">It cannot be had.</exception>
    public async Task<string> FolderAsync(string text, HubKind kind, HubPart part = HubPart.All) =>
        IsLocal(text) || !HubReference.TryParse(text, kind, out HubReference? reference, out _) ? text
        : (await PullAsync(reference, part)).Content;

    /// <summary>Downloads what is not here yet; Ctrl+C ends it and keeps what came.</summary>
    /// <exception cref="UserErrorException">It cannot be had.</exception>
    public async Task<HubSnapshot> PullAsync(HubReference reference, HubPart part = HubPart.All)
    {
        HubOptions options = context.Hub();
        IDownloadView view = !json && context.Console.Profile.Capabilities is { Interactive: true, Ansi: true }
            ? new DownloadBar(context.Console) : new DownloadLines(context.Error, context.Time);
        long start = context.Time.GetTimestamp();
        HubSnapshot snapshot = await view.ShowAsync(progress =>
            HubSnapshot.EnsureAsync(reference, options, progress, context.Time, part, context.Interrupts.First));
        if (view.Last is { FilesDone: > 0 } last)
        {
            string time = Figures.Duration(context.Time.GetElapsedTime(start).TotalSeconds);
            Messages.Write(json ? context.Error : view.Console, $"pulled {snapshot.Reference}: {Figures.Count(last.FilesDone)} "
                + $"file{(last.FilesDone == 1 ? "" : "s")}, {Figures.Bytes(last.Bytes)} in {time}");
        }
        return snapshot;
    }
}

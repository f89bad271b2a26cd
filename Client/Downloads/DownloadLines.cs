using LoraCluster.Client.Rendering;
using LoraCluster.Hub;
using LoraCluster.Reports.Words;
using Spectre.Console;

namespace LoraCluster.Client.Downloads;

/// <summary>Plain lines on the error stream, so that standard output holds results alone: one at each file and every few seconds.</summary>
internal sealed class DownloadLines(IAnsiConsole error, TimeProvider time) : IDownloadView, IProgress<HubProgress>
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private string _file = "";
    private long _shownAt;

    public IAnsiConsole Console => error;

    public HubProgress? Last { get; private set; }

    public Task<HubSnapshot> ShowAsync(Func<IProgress<HubProgress>, Task<HubSnapshot>> download) => download(this);

    public void Report(HubProgress value)
    {
        if (value.Notice is { } notice) Messages.Write(error, notice);
        if (value.File.Length == 0) return;
        Last = value;
        bool isDue = value.FilesDone < value.Files && (value.File != _file || time.GetElapsedTime(_shownAt) >= Interval);
        if (!isDue) return;
        (_file, _shownAt) = (value.File, time.GetTimestamp());
        string share = Figures.Bytes(value.Bytes) + (value.TotalBytes > 0 ? $" of {Figures.Bytes(value.TotalBytes)}" : "");
        Messages.Write(error, $"{value.Repository}: {value.File} ({value.FilesDone + 1} of {value.Files}), {share}");
    }
}

using System.Globalization;
using LoraCluster.Client.Rendering;
using LoraCluster.Hub;
using Spectre.Console;

namespace LoraCluster.Client.Downloads;

/// <summary>A progress bar in a terminal: bytes, speed, time that remains.</summary>
internal sealed class DownloadBar(IAnsiConsole console) : IDownloadView
{
    private const int LongestName = 28, Width = 16;

    public IAnsiConsole Console => console;

    public HubProgress? Last { get; private set; }

    public Task<HubSnapshot> ShowAsync(Func<IProgress<HubProgress>, Task<HubSnapshot>> download)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        return console.Progress().AutoClear(true).HideCompleted(false).Columns(
            new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = Width },
            new DownloadedColumn { Culture = culture }, new TransferSpeedColumn { Culture = culture }, new RemainingTimeColumn())
            .StartAsync(bar => download(new Sink(this, bar)));
    }

    private sealed class Sink(DownloadBar view, ProgressContext bar) : IProgress<HubProgress>
    {
        private ProgressTask? _task;

        public void Report(HubProgress value)
        {
            // Above the bar, which is drawn again below it.
            if (value.Notice is { } notice) Messages.Write(view.Console, notice);
            if (value.File.Length == 0) return;
            view.Last = value;
            _task ??= bar.AddTask("download", maxValue: 1);
            string name = value.File.Split('/')[^1];
            _task.Description = Markup.Escape(name.Length > LongestName ? "…" + name[^LongestName..] : name);
            _task.MaxValue = Math.Max(1, value.TotalBytes);
            _task.Value = value.Bytes;
        }
    }
}

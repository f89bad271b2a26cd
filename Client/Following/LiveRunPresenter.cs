using LoraCluster.Client.Rendering;
using LoraCluster.Grains.Runs;
using Spectre.Console;

namespace LoraCluster.Client.Following;

/// <summary>A progress bar in a terminal.</summary>
internal sealed class LiveRunPresenter(IAnsiConsole console) : IRunPresenter
{
    private readonly RunProgressView _view = new();
    private volatile LiveDisplayContext? _display;

    public Task<RunStatus> PresentAsync(Func<Action<RunStatus>, Task<RunStatus>> follow) =>
        console.Live(_view).AutoClear(false).StartAsync(display =>
        {
            _display = display;
            return follow(status =>
            {
                _view.Status = status;
                display.Refresh();
            });
        });

    /// <summary>Shown below the bar: a line of its own would tear the display.</summary>
    public void Note(string text)
    {
        _view.Note = text;
        _display?.Refresh();
    }
}

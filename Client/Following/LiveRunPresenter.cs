using LoraCluster.Client.Rendering;
using LoraCluster.Grains.Runs;
using Spectre.Console;

namespace LoraCluster.Client.Following;

/// <summary>A progress bar in a terminal.</summary>
internal sealed class LiveRunPresenter(IAnsiConsole console) : IRunPresenter
{
    public Task<RunStatus> PresentAsync(Func<Action<RunStatus>, Task<RunStatus>> follow)
    {
        var view = new RunProgressView();
        return console.Live(view).AutoClear(false).StartAsync(context => follow(status =>
        {
            view.Status = status;
            context.Refresh();
        }));
    }
}

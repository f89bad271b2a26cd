using LoraCluster.Client.Rendering;
using LoraCluster.Grains.Runs;
using Spectre.Console;

namespace LoraCluster.Client.Following;

/// <summary>Plain lines for logs and pipes: one at each change of state and one every few seconds.</summary>
internal sealed class LineRunPresenter(TextWriter output, IAnsiConsole error, TimeProvider time) : IRunPresenter
{
    private readonly Cadence _cadence = new(time, TimeSpan.FromSeconds(5));

    public Task<RunStatus> PresentAsync(Func<Action<RunStatus>, Task<RunStatus>> follow) => follow(Show);

    public void Note(string text) => Messages.Write(error, text);

    private void Show(RunStatus status)
    {
        if (_cadence.IsDue(status)) output.WriteLine(ProgressText.Line(status));
    }
}

using LoraCluster.Client.Rendering;
using LoraCluster.Grains.Runs;
using LoraCluster.Reports.Words;
using Spectre.Console;

namespace LoraCluster.Client.Following;

/// <summary>Plain lines for logs and pipes: one at each change of state and one every few seconds.</summary>
internal sealed class LineRunPresenter(TextWriter output, IAnsiConsole error, TimeProvider time) : IRunPresenter
{
    private readonly Cadence _cadence = new(time, TimeSpan.FromSeconds(5));
    private int _noticesTold;

    public Task<RunStatus> PresentAsync(Func<Action<RunStatus>, Task<RunStatus>> follow) => follow(Show);

    public void Note(string text) => Messages.Write(error, text);

    private void Show(RunStatus status)
    {
        // At once, so that a run with a wrong target can be stopped; the report at the end has them all.
        if (!RunTransitions.IsAtRest(status.State))
            while (_noticesTold < status.Notices.Count) output.WriteLine($"note: {status.Notices[_noticesTold++]}");
        if (_cadence.IsDue(status)) output.WriteLine(ProgressText.Line(status));
    }
}

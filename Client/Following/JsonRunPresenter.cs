using LoraCluster.Client.Rendering;
using LoraCluster.Grains.Runs;
using Spectre.Console;

namespace LoraCluster.Client.Following;

/// <summary>JSON lines: one at each change of state and at most one a second in between.</summary>
internal sealed class JsonRunPresenter(TextWriter output, IAnsiConsole error, TimeProvider time) : IRunPresenter
{
    private readonly Cadence _cadence = new(time, TimeSpan.FromSeconds(1));

    public Task<RunStatus> PresentAsync(Func<Action<RunStatus>, Task<RunStatus>> follow) => follow(Show);

    public void Note(string text) => Messages.Write(error, text);

    private void Show(RunStatus status)
    {
        if (_cadence.IsDue(status)) RunJson.Progress(status).WriteTo(output);
    }
}

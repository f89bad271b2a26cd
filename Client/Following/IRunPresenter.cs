using LoraCluster.Grains.Runs;

namespace LoraCluster.Client.Following;

/// <summary>Shows a run while it is followed.</summary>
internal interface IRunPresenter
{
    /// <summary>Runs <paramref name="follow"/>, which calls the given action with every status.</summary>
    Task<RunStatus> PresentAsync(Func<Action<RunStatus>, Task<RunStatus>> follow);

    /// <summary>Says something to the user meanwhile. Thread-safe.</summary>
    void Note(string text);
}

/// <summary>The presenter for an output.</summary>
internal static class RunPresenters
{
    public static IRunPresenter For(ClientContext context, bool json) =>
        json ? new JsonRunPresenter(context.RawOutput, context.Error, context.Time)
        : context.Console.Profile.Capabilities is { Interactive: true, Ansi: true } ? new LiveRunPresenter(context.Console)
        : new LineRunPresenter(context.RawOutput, context.Error, context.Time);
}

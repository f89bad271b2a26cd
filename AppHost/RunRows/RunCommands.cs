using LoraCluster.Grains;
using LoraCluster.Grains.Runs;

namespace LoraCluster.AppHost.RunRows;

/// <summary>The buttons of a run's row.</summary>
internal static class RunCommands
{
    public static void AddTo(RunResource resource, IGrainFactory grains)
    {
        IRunGrain run = grains.GetGrain<IRunGrain>(resource.Name);
        Add(resource, "pause", "Pause", "Stops after the step at hand, with a checkpoint", "Pause", null, run.PauseAsync,
            state => state.StartsWith(nameof(RunState.Running), StringComparison.Ordinal));
        Add(resource, "resume", "Resume", "Goes on from the last checkpoint", "Play", null, run.ResumeAsync,
            state => Is(state, RunState.Paused, RunState.Failed, RunState.Cancelled));
        Add(resource, "cancel", "Cancel", "Ends the run within one step", "Stop", $"Cancel {resource.Name}?", run.CancelAsync,
            state => Is(state, RunState.Queued, RunState.Preparing, RunState.Running, RunState.Pausing));
    }

    private static void Add(
        RunResource resource, string name, string title, string description, string icon, string? confirmation, Func<Task> execute,
        Func<string, bool> allowed) =>
        resource.Annotations.Add(new ResourceCommandAnnotation(
            name,
            title,
            updateState: context => allowed(context.ResourceSnapshot.State?.Text ?? "")
                ? ResourceCommandState.Enabled
                : ResourceCommandState.Disabled,
            executeCommand: async _ =>
            {
                try
                {
                    await execute();
                    return CommandResults.Success();
                }
                catch (ClusterRequestException e)
                {
                    return CommandResults.Failure(e.Message);
                }
                catch (Exception e) when (e is Orleans.Runtime.OrleansException or TimeoutException)
                {
                    return CommandResults.Failure($"the cluster does not answer: {e.Message}");
                }
            },
            displayDescription: description,
            parameter: null,
            confirmationMessage: confirmation,
            iconName: icon,
            iconVariant: IconVariant.Filled,
            isHighlighted: true));

    private static bool Is(string text, params ReadOnlySpan<RunState> states)
    {
        foreach (var state in states)
        {
            if (text.StartsWith(state.ToString(), StringComparison.Ordinal)) return true;
        }
        return false;
    }
}

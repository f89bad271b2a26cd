using LoraCluster.Grains;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Runs;

namespace LoraCluster.AppHost.RunRows;

/// <summary>The buttons of a run's or job's row.</summary>
internal static class RowCommands
{
    private static readonly RunState[] AtRest = [.. Enum.GetValues<RunState>().Where(RunTransitions.IsAtRest)];

    public static void AddTo(RunResource resource, RunKind kind, IGrainFactory grains)
    {
        string id = resource.Name;
        IRunGrain run = grains.GetGrain<IRunGrain>(id);
        IJobGrain job = grains.GetGrain<IJobGrain>(id);
        bool isRun = kind == RunKind.Training;
        if (isRun) AddForRun(resource, run);
        Add(resource, "cancel", "Cancel", "Ends it after what is at hand", "Stop", $"Cancel {id}?",
            isRun ? run.CancelAsync : job.CancelAsync, [RunState.Queued, RunState.Preparing, RunState.Running, RunState.Pausing]);
        Add(resource, "delete", "Delete", "Deletes it with its checkpoints and its result", "Delete",
            $"Delete {id} with its checkpoints and its result? That cannot be undone.", isRun ? run.DeleteAsync : job.DeleteAsync, AtRest,
            isHighlighted: false);
    }

    private static void AddForRun(RunResource resource, IRunGrain run)
    {
        Add(resource, "pause", "Pause", "Stops after the step at hand, with a checkpoint", "Pause", null, run.PauseAsync,
            [RunState.Queued, RunState.Running]);
        Add(resource, "resume", "Resume", "Goes on from the last checkpoint", "Play", null, run.ResumeAsync,
            [RunState.Paused, RunState.Failed, RunState.Cancelled]);
    }

    private static void Add(
        RunResource resource, string name, string title, string description, string icon, string? confirmation, Func<Task> execute,
        RunState[] allowed, bool isHighlighted = true) =>
        resource.Annotations.Add(new ResourceCommandAnnotation(
            name,
            title,
            updateState: context => RowContent.StandingOf(context.ResourceSnapshot) is { } state && allowed.Contains(state)
                ? ResourceCommandState.Enabled
                // Not disabled: a row shows the first two buttons only, and these are to be ones that can be pressed.
                : ResourceCommandState.Hidden,
            executeCommand: _ => ClusterCalls.TryAsync(execute),
            displayDescription: description,
            parameter: null,
            confirmationMessage: confirmation,
            iconName: icon,
            iconVariant: IconVariant.Filled,
            isHighlighted: isHighlighted));
}

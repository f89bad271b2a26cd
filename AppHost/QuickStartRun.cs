using Microsoft.Extensions.DependencyInjection;

namespace LoraCluster.AppHost;

/// <summary>Follows the quick start: its output goes to the console as it comes, its exit code is the result.</summary>
internal static class QuickStartRun
{
    private static readonly TimeSpan LastLines = TimeSpan.FromSeconds(1);

    /// <summary>The exit code; null if the client did not even start.</summary>
    public static async Task<int?> FollowAsync(DistributedApplication app, IResource quickStart, CancellationToken cancellationToken)
    {
        var logs = app.Services.GetRequiredService<ResourceLoggerService>();
        using var stopPrinting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var printing = PrintAsync(logs, quickStart, stopPrinting.Token);
        string? state = null;
        var end = await app.ResourceNotifications.WaitForResourceAsync(
            quickStart.Name, e => KnownResourceStates.TerminalStates.Contains(state = e.Snapshot.State?.Text ?? ""), cancellationToken);
        // The log does not end by itself, and its last lines come after the state.
        await Task.Delay(LastLines, cancellationToken);
        await stopPrinting.CancelAsync();
        await printing;
        return state == KnownResourceStates.FailedToStart ? null : end.Snapshot.ExitCode;
    }

    /// <summary>The button that starts it, again if it has run already.</summary>
    public static void AddCommand(IResourceBuilder<ExecutableResource> quickStart) =>
        quickStart.WithCommand("run", "Run the quick start", context => context.Services.GetRequiredService<ResourceCommandService>()
            .ExecuteCommandAsync(quickStart.Resource, KnownResourceCommands.StartCommand, context.CancellationToken), new CommandOptions
        {
            Description = "Trains the built-in model on the built-in data set, once more if it has done so",
            UpdateState = context => context.ResourceSnapshot.State?.Text is { } state
                && (state == KnownResourceStates.NotStarted || KnownResourceStates.TerminalStates.Contains(state))
                ? ResourceCommandState.Enabled : ResourceCommandState.Disabled,
            IconName = "Rocket", IsHighlighted = true,
        });

    private static async Task PrintAsync(ResourceLoggerService logs, IResource resource, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var batch in logs.WatchAsync(resource).WithCancellation(cancellationToken))
            {
                foreach (var line in batch)
                {
                    string text = LogText.Of(line);
                    if (!LogText.IsNote(text)) (line.IsErrorMessage ? Console.Error : Console.Out).WriteLine(text);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The quick start is over.
        }
    }
}

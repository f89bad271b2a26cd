using Microsoft.Extensions.DependencyInjection;

namespace LoraCluster.AppHost;

/// <summary>
/// Starts a process again that died, with its last log lines on the console: Aspire has no restart policy. A process that was stopped
/// on purpose, or that cannot use what it was given, stays down; so does one that dies again and again.
/// </summary>
internal sealed class Supervisor(DistributedApplication app, IReadOnlyList<IResource> watched, TimeProvider time)
{
    private const int TailLines = 20, StoppedBySignal = 143, Unusable = 2;
    private readonly ResourceNotificationService notifications = app.Services.GetRequiredService<ResourceNotificationService>();
    private readonly Dictionary<IResource, LogTail> tails = watched.ToDictionary(r => r, _ => new LogTail(TailLines));
    private readonly Dictionary<IResource, RestartBudget> budgets = watched.ToDictionary(r => r, _ => new RestartBudget(time));
    private readonly Dictionary<IResource, bool> up = watched.ToDictionary(r => r, _ => false);
    private readonly TaskCompletionSource<SupervisorVerdict> givenUp = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when a process is left down after a failure.</summary>
    public Task<SupervisorVerdict> GivenUp => givenUp.Task;

    /// <summary>Watches until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var followers = new Dictionary<IResource, Task>();
        var restarts = new List<Task>();
        await foreach (var e in notifications.WatchAsync(cancellationToken))
        {
            if (!up.TryGetValue(e.Resource, out bool wasUp)) continue;
            string? state = e.Snapshot.State?.Text;
            // Not earlier: a log that is asked for before the process has an instance stays empty.
            if (state == KnownResourceStates.Running && !followers.ContainsKey(e.Resource))
                followers[e.Resource] = tails[e.Resource].FollowAsync(app.Services, e.Resource, cancellationToken);
            bool ended = state is not null && KnownResourceStates.TerminalStates.Contains(state);
            if (wasUp && ended) restarts.Add(OnEndAsync(e.Resource, state!, e.Snapshot.ExitCode, cancellationToken));
            // A start that fails at once may be reported without the states in between.
            up[e.Resource] = !ended && state is not null && state != KnownResourceStates.NotStarted;
        }
        await Task.WhenAll([.. followers.Values, .. restarts]);
    }

    private async Task OnEndAsync(IResource resource, string state, int? exitCode, CancellationToken cancellationToken)
    {
        if (exitCode is 0 or StoppedBySignal) return;
        // The last lines arrive a moment after the state.
        await Task.Delay(TimeSpan.FromMilliseconds(500), cancellationToken);
        string cause = exitCode is { } code && code >= 0 ? FormattableString.Invariant($"exit code {code}") : "killed";
        Console.Error.WriteLine($"{resource.Name} ended ({cause}). Its last lines:");
        foreach (string line in tails[resource].Take()) Console.Error.WriteLine($"  {resource.Name}: {line}");

        if (exitCode == Unusable || state == KnownResourceStates.FailedToStart)
        {
            GiveUp(resource, exitCode, "it cannot use what it was given");
            return;
        }
        if (budgets[resource].TryTake() is not { } pause)
        {
            GiveUp(resource, exitCode, $"it died {RestartBudget.Most} times within {RestartBudget.Window.TotalMinutes:0} minutes");
            return;
        }
        await Task.Delay(pause, time, cancellationToken);
        Console.Error.WriteLine($"{resource.Name}: starting it again");
        var result = await app.ResourceCommands.ExecuteCommandAsync(resource, KnownResourceCommands.StartCommand, cancellationToken);
        if (!result.Success) GiveUp(resource, exitCode, "it does not start again");
    }

    private void GiveUp(IResource resource, int? exitCode, string why)
    {
        Console.Error.WriteLine($"{resource.Name} stays down: {why}.");
        givenUp.TrySetResult(new SupervisorVerdict(resource, exitCode));
    }
}

/// <summary>A process that is left down.</summary>
internal sealed record SupervisorVerdict(IResource Resource, int? ExitCode);

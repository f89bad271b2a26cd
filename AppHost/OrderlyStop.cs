namespace LoraCluster.AppHost;

/// <summary>
/// Stops what runs in the order in which it depends on each other: first the client, then the silos one after the other, so that each
/// leaves the cluster and hands on what it holds, and the store last. Aspire would stop all at once.
/// </summary>
internal static class OrderlyStop
{
    private static readonly TimeSpan PatienceEach = TimeSpan.FromSeconds(10), PatienceRest = TimeSpan.FromSeconds(30);

    /// <summary>Stops these, each before the next.</summary>
    public static async Task StopEachAsync(DistributedApplication app, IEnumerable<IResource> inOrder)
    {
        foreach (var resource in inOrder)
        {
            if (!app.ResourceNotifications.TryGetCurrentState(resource.Name, out var current)) continue;
            if (!IsUp(current.Snapshot.State?.Text)) continue;
            using var patience = new CancellationTokenSource(PatienceEach);
            try
            {
                await app.ResourceCommands.ExecuteCommandAsync(resource, KnownResourceCommands.StopCommand, patience.Token)
                    .WaitAsync(PatienceEach);
            }
            catch (Exception e) when (e is TimeoutException or OperationCanceledException)
            {
                Console.Error.WriteLine($"{resource.Name} did not stop within {PatienceEach.TotalSeconds:0} s; it is ended with the rest.");
            }
        }
    }

    /// <summary>Stops all that is left.</summary>
    public static async Task StopRestAsync(DistributedApplication app)
    {
        using var patience = new CancellationTokenSource(PatienceRest);
        await app.StopAsync(patience.Token);
    }

    private static bool IsUp(string? state) =>
        state is not null && state != KnownResourceStates.NotStarted && !KnownResourceStates.TerminalStates.Contains(state);
}

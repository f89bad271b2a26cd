using LoraCluster.Grains.Nodes;

namespace LoraCluster.AppHost.RunRows;

/// <summary>What the silos' rows show besides what Aspire knows of a process: that one drains, and when it is empty.</summary>
internal sealed class SiloRows(IGrainFactory grains, ResourceNotificationService rows, IReadOnlyList<IResource> silos)
{
    public const string Draining = "Draining", Drained = "Drained";
    private readonly HashSet<string> marked = new(StringComparer.Ordinal);

    /// <summary>One look.</summary>
    public async Task UpdateAsync()
    {
        var nodes = await grains.GetGrain<IClusterGrain>(0).GetNodesAsync();
        foreach (var silo in silos)
        {
            var node = nodes.FirstOrDefault(n => n.Name == silo.Name);
            if (node?.IsDraining == true)
            {
                // Again at each look: Aspire sets the state of the process when anything else of it changes.
                marked.Add(silo.Name);
                await SetAsync(silo, node.SlotsUsed == 0 ? Drained : Draining, KnownResourceStateStyles.Warn);
            }
            else if (marked.Remove(silo.Name)) await SetAsync(silo, KnownResourceStates.Running, KnownResourceStateStyles.Success);
        }
    }

    /// <summary>Puts the buttons on a silo's row.</summary>
    public static void AddCommands<T>(IResourceBuilder<T> silo, ClusterCalls calls) where T : IResource
    {
        string name = silo.Resource.Name;
        silo.WithCommand("drain", "Drain", _ => calls.AskAsync(g => g.GetGrain<IClusterGrain>(0).DrainAsync(name)), new CommandOptions
        {
            Description = "Its runs pause after their step and go on elsewhere; then it can be stopped",
            UpdateState = context => EnabledIn(context, KnownResourceStates.Running),
            IconName = "ArrowExit", IsHighlighted = true,
        });
        silo.WithCommand("undrain", "Take trainers again", _ => calls.AskAsync(g => g.GetGrain<IClusterGrain>(0).UndrainAsync(name)),
            new CommandOptions
            {
                Description = "Ends the draining",
                UpdateState = context => EnabledIn(context, Draining, Drained),
                IconName = "ArrowEnter",
            });
    }

    private static ResourceCommandState EnabledIn(UpdateCommandStateContext context, params ReadOnlySpan<string> states) =>
        states.Contains(context.ResourceSnapshot.State?.Text ?? "") ? ResourceCommandState.Enabled : ResourceCommandState.Hidden;

    // Only over a state of a process that is up: one that stops or has ended says so.
    private Task SetAsync(IResource silo, string text, string style) => rows.PublishUpdateAsync(silo, row =>
        row.State?.Text is { } now && now != text && (now == KnownResourceStates.Running || now is Draining or Drained)
            ? row with { State = new ResourceStateSnapshot(text, style) } : row);
}

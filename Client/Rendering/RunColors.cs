using LoraCluster.Grains.Runs;
using Spectre.Console;

namespace LoraCluster.Client.Rendering;

/// <summary>One color for each kind of state.</summary>
internal static class RunColors
{
    public static Style Of(RunState state) => new(state switch
    {
        RunState.Completed => Color.Green,
        RunState.Failed => Color.Red,
        RunState.Cancelled or RunState.Cancelling => Color.Yellow,
        RunState.Paused or RunState.Pausing => Color.Blue,
        _ => Color.Aqua,
    });
}

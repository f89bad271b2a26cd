using System.Runtime.InteropServices;

namespace LoraCluster.AppHost;

/// <summary>The first Ctrl+C stops in order, by the host; the second leaves at once, and the orchestrator ends the children.</summary>
internal static class Interrupts
{
    private const int ExitCodeOfInterrupt = 130;

    public static IDisposable ExitAtTheSecond()
    {
        int count = 0;
        return PosixSignalRegistration.Create(PosixSignal.SIGINT, _ =>
        {
            if (Interlocked.Increment(ref count) > 1) Environment.Exit(ExitCodeOfInterrupt);
        });
    }
}

using System.Runtime.InteropServices;

namespace LoraCluster.Client;

/// <summary>
/// Ctrl+C (or SIGTERM) as two tokens: the first asks for an orderly end, the second leaves at once. A third one is left to the system,
/// which ends the process.
/// </summary>
internal sealed class Interrupts : IDisposable
{
    private readonly CancellationTokenSource _first = new();
    private readonly CancellationTokenSource _second = new();
    private readonly List<PosixSignalRegistration> _signals = [];
    private int _count;

    public CancellationToken First => _first.Token;

    public CancellationToken Second => _second.Token;

    /// <summary>Listens to the process's signals.</summary>
    public static Interrupts OfProcess()
    {
        var interrupts = new Interrupts();
        foreach (PosixSignal signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM])
            interrupts._signals.Add(PosixSignalRegistration.Create(signal, context => context.Cancel = interrupts.Raise() <= 2));
        return interrupts;
    }

    /// <summary>One more interrupt; returns how many there were.</summary>
    public int Raise()
    {
        int count = Interlocked.Increment(ref _count);
        if (count == 1) _first.Cancel();
        if (count == 2) _second.Cancel();
        return count;
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration signal in _signals) signal.Dispose();
        _first.Dispose();
        _second.Dispose();
    }
}

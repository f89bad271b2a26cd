using System.Collections.Concurrent;

namespace LoraCluster.Tests.Unit.Hub;

/// <summary>
/// A clock that jumps over every wait at once and notes how long it would have been. Timers of exactly <paramref name="patience"/> are
/// watches over silence: they fire when the test says that the other side keeps silent.
/// </summary>
internal sealed class SkippingTime(TimeSpan patience) : TimeProvider
{
    private readonly ConcurrentDictionary<Timer, bool> _watches = new();
    private long _ticks = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).UtcTicks;

    public ConcurrentQueue<TimeSpan> Waits { get; } = new();

    /// <summary>The other side keeps silent for longer than the watches over it allow.</summary>
    public void FallSilent()
    {
        foreach (Timer watch in _watches.Keys) watch.Fire();
    }

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Timer(SkippingTime time, Action callback) : ITimer
    {
        private int _disposed;

        public void Fire()
        {
            ThreadPool.QueueUserWorkItem(_ =>
            {
                if (Volatile.Read(ref _disposed) == 0) callback();
            });
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime == Timeout.InfiniteTimeSpan) return true;
            if (dueTime == time.Patience)
            {
                time._watches[this] = true;
                return true;
            }
            time.Waits.Enqueue(dueTime);
            Interlocked.Add(ref time._ticks, dueTime.Ticks);
            Fire();
            return true;
        }

        public void Dispose()
        {
            Volatile.Write(ref _disposed, 1);
            time._watches.TryRemove(this, out _);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }

    private TimeSpan Patience => patience;
}

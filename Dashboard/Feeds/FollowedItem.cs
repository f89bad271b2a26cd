using LoraCluster.Dashboard.Cluster;

namespace LoraCluster.Dashboard.Feeds;

/// <summary>What pages know of one thing that is followed.</summary>
/// <param name="Value">Its latest state; null: not loaded yet, or missing.</param>
/// <param name="IsMissing">True: the cluster knows nothing of this id.</param>
/// <param name="Fault">Why the last question had no answer; null: it had one.</param>
public sealed record Followed<T>(T? Value, bool IsMissing, string? Fault) where T : class;

/// <summary>Something that pages follow.</summary>
internal interface IFollowed : IDisposable
{
    /// <summary>Pages that follow it.</summary>
    int Followers { get; }

    /// <summary>Begins to ask.</summary>
    void Start();

    /// <summary>A page follows.</summary>
    void Add(Action onChange);

    /// <summary>A page leaves.</summary>
    void Remove(Action onChange);
}

/// <summary>
/// One run or job that pages follow, by one long poll for all of them. Each round waits for a change, then rests a moment, so that a run
/// of short steps does not make a round a step.
/// </summary>
internal abstract class FollowedItem<T>(TimeProvider time) : IFollowed where T : class
{
    protected static readonly TimeSpan PollPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(700), Pause = TimeSpan.FromSeconds(1);
    private readonly CancellationTokenSource stopping = new();
    private static readonly TimeSpan FirstPatience = TimeSpan.FromMilliseconds(500);
    private readonly Lock publishing = new();
    private readonly TaskCompletionSource first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Action? changed;

    public Followed<T> View { get; private set; } = new(null, false, null);

    public int Followers { get; private set; }

    public void Start() => _ = Task.Run(() => FollowAsync(stopping.Token), CancellationToken.None);

    /// <summary>Waits a moment for the first state, so that a page need not be drawn empty first.</summary>
    public async Task FirstAsync()
    {
        try { await first.Task.WaitAsync(FirstPatience, time); }
        catch (TimeoutException) { }
    }

    public void Add(Action onChange)
    {
        lock (publishing) (changed, Followers) = (changed + onChange, Followers + 1);
    }

    public void Remove(Action onChange)
    {
        lock (publishing) (changed, Followers) = (changed - onChange, Followers - 1);
    }

    public void Dispose() => stopping.Cancel();

    /// <summary>The state now, or once it has changed since the last round; null: there is no such thing.</summary>
    protected abstract Task<T?> NextAsync(T? last, CancellationToken cancellationToken);

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            TimeSpan rest = Rest;
            try
            {
                T? value = await NextAsync(View.IsMissing || View.Fault is not null ? null : View.Value, cancellationToken);
                Publish(new Followed<T>(value, value is null, null));
                if (value is null) rest = Pause;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Publish(View with { Fault = ClusterFault.Describe(e) });
                rest = Pause;
            }
            await Task.Delay(rest, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Publish(Followed<T> view)
    {
        Action? tell;
        lock (publishing) (View, tell) = (view, changed);
        first.TrySetResult();
        tell?.Invoke();
    }
}

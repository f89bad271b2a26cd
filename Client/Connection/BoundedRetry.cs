namespace LoraCluster.Client.Connection;

/// <summary>
/// Repeats a call that failed on the way, with growing pauses, until a bound: after a silo was killed, calls to it fail until the others
/// have voted it dead (up to a minute).
/// </summary>
internal sealed class BoundedRetry(TimeProvider time, Func<Exception, bool> isTransient, TimeSpan patience)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <param name="call">Gets the 1-based number of the attempt.</param>
    /// <param name="lost">What to throw when the bound is reached.</param>
    /// <param name="cancellationToken">Ends the pauses and the waiting at once.</param>
    public async Task<T> RunAsync<T>(Func<int, Task<T>> call, Func<Exception, Exception> lost, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        TimeSpan pause = FirstPause;
        for (int attempt = 1; ; attempt++)
        {
            try { return await call(attempt).WaitAsync(cancellationToken).ConfigureAwait(false); }
            catch (Exception e) when (isTransient(e))
            {
                if (time.GetElapsedTime(start) + pause > patience) throw lost(e);
            }
            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }
}

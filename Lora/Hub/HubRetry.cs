using System.Globalization;
using System.Runtime.ExceptionServices;

namespace LoraCluster.Hub;

/// <summary>Waits before another try: 1, 2, 4 ... seconds, or as long as the hub asks for; bounded in number and in time.</summary>
internal sealed class HubRetry(HubOptions options, TimeProvider time, Action<string> note)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>Tries until it works or is not worth another try.</summary>
    /// <param name="attempt">One try.</param>
    /// <param name="attempts">Tries in all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<T> RunAsync<T>(Func<Task<T>> attempt, int attempts, CancellationToken cancellationToken)
    {
        for (int failures = 1; ; failures++)
        {
            try { return await attempt(); }
            catch (HubException e) { await WaitAsync(e, failures, attempts, cancellationToken); }
        }
    }

    /// <summary>Waits before the next try, or throws the fault if there is to be none.</summary>
    public async Task WaitAsync(HubException fault, int failures, int attempts, CancellationToken cancellationToken)
    {
        if (!fault.IsTransient || failures >= attempts) ExceptionDispatchInfo.Throw(fault);
        TimeSpan pause = fault.RetryAfter ?? TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, Math.Pow(2, failures - 1)));
        if (pause > options.LongestWait) throw new HubException(HubFault.Unreachable,
            $"{fault.Message}; it asks to wait {Seconds(pause)}, longer than {Seconds(options.LongestWait)}", fault);
        note(string.Create(CultureInfo.InvariantCulture,
            $"{fault.Message}; try {failures + 1} of {attempts} in {Seconds(pause)}"));
        await Task.Delay(pause, time, cancellationToken);
    }

    private static string Seconds(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.#} s");
}

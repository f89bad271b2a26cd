using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Scheduling;

namespace LoraCluster.Tests.Cluster;

/// <summary>A benchmark that measures nothing, and waits where a test wants it to.</summary>
internal sealed class FakeBenchmark : IBenchmark
{
    private readonly ManualResetEventSlim _go = new(true);
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Name => "fake";

    public IReadOnlyList<string> Faults(BenchmarkSpec spec) =>
        [.. spec.Settings.Keys.Where(k => k != "fail").Select(k => $"{k} is no setting of fake; allowed is fail")];

    public int SilosOf(BenchmarkSpec spec) => 1;

    public BenchmarkResult Run(BenchmarkSpec spec, SlotLease lease, Action<JobProgress> report, CancellationToken stopping)
    {
        report(new JobProgress(1, "first case", 2));
        _reached.TrySetResult();
        _go.Wait(TimeSpan.FromSeconds(60), stopping);
        if (spec.Settings.TryGetValue("fail", out string? why)) throw new UserErrorException(why);
        return new BenchmarkResult
        {
            KeyFigure = "7 rows/s", Measurements = [new Measurement { Configuration = "all", Quantity = "speed", Median = 7 }],
        };
    }

    public void Hold() => _go.Reset();

    public void Release() => _go.Set();

    public Task ReachedAsync() => _reached.Task.WaitAsync(TimeSpan.FromSeconds(60));
}

using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Tests.Unit.Dashboard;

/// <summary>An evaluation and a benchmark to show.</summary>
internal static class Jobs
{
    public static EvaluationResult Evaluation { get; } = new()
    {
        Correct = 764, Rows = 872, Loss = 0.31, Accuracy = new Estimate(0.876, 0.853, 0.896), F1 = new Estimate(0.877, 0.852, 0.899),
        MatthewsCorrelation = new Estimate(0.753, 0.71, 0.79), Labels = ["negative", "positive"],
        Confusion = [380, 48, 60, 384], Seconds = 4.2, KeyFigure = "accuracy 87.6 %", ModelHash = new string('b', 64),
    };

    public static BenchmarkResult Benchmark { get; } = new()
    {
        Measurements =
        [
            Time("merged", "batch 1", 4.1, null), Time("unmerged", "batch 1", 4.9, 1.19),
            Time("merged", "batch 8", 17.5, null), Time("unmerged", "batch 8", 19.8, 1.13),
            new Measurement { Configuration = "merged", Quantity = "memory", Unit = "By", Median = 91_000_000 },
        ],
        KeyFigure = "unmerged 1.19 times", Environment = [new JobFact("processor", "some, 2 cores")],
    };

    public static JobStatus Of(JobSpec spec, JobResult result, string id) => new()
    {
        JobId = id, Spec = spec, State = RunState.Completed, SubmittedAt = DateTimeOffset.UnixEpoch.AddDays(20_001), Done = 28, Total = 28,
        Silos = ["silo-1"], Result = result, Notices = ["a remark of the loader"], Version = 1,
    };

    private static Measurement Time(string configuration, string @case, double median, double? ratio) => new()
    {
        Configuration = configuration, Case = @case, Quantity = "step time", Unit = "ms", Count = 20, Median = median,
        LowerQuartile = median * 0.97, UpperQuartile = median * 1.04, P95 = median * 1.2, P99 = median * 1.3, Ratio = ratio,
        RatioLowerQuartile = ratio - 0.02, RatioUpperQuartile = ratio + 0.02,
    };
}

using MessagePack;

namespace LoraCluster.Grains.Jobs;

/// <summary>What a benchmark measured, in long form: one line for each quantity of each configuration in each case.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.BenchmarkResult"), MessagePackObject]
public sealed record BenchmarkResult : JobResult
{
    /// <summary>The lines, in the order in which they are shown.</summary>
    [Id(0), Key(2)] public required IReadOnlyList<Measurement> Measurements { get; init; }
}

/// <summary>The spread of one quantity over repetitions.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.Measurement"), MessagePackObject]
public sealed record Measurement
{
    /// <summary>What was varied and compared, as <c>LoRA</c>, <c>full</c>, <c>unmerged</c>.</summary>
    [Id(0), Key(0)] public required string Configuration { get; init; }
    /// <summary>Under which conditions, as <c>batch 8, 32 tokens</c>; empty: there is one only.</summary>
    [Id(1), Key(1)] public string Case { get; init; } = "";
    /// <summary>What was measured, as <c>step time</c>.</summary>
    [Id(2), Key(2)] public required string Quantity { get; init; }
    /// <summary>Its unit, as <c>ms</c>, <c>rows/s</c>, <c>By</c>, <c>%</c>; empty: a number.</summary>
    [Id(3), Key(3)] public string Unit { get; init; } = "";
    /// <summary>Repetitions; 1 for what is counted rather than timed.</summary>
    [Id(4), Key(4)] public int Count { get; init; } = 1;
    /// <summary>Median over the repetitions.</summary>
    [Id(5), Key(5)] public required double Median { get; init; }
    /// <summary>First quartile; of a single value, itself.</summary>
    [Id(6), Key(6)] public double LowerQuartile { get; init; }
    /// <summary>Third quartile; of a single value, itself.</summary>
    [Id(7), Key(7)] public double UpperQuartile { get; init; }
    /// <summary>95th percentile; null: not taken.</summary>
    [Id(8), Key(8)] public double? P95 { get; init; }
    /// <summary>99th percentile; null: not taken.</summary>
    [Id(9), Key(9)] public double? P99 { get; init; }
    /// <summary>Median of the paired ratios to the baseline configuration; null: it is the baseline, or there is none.</summary>
    [Id(10), Key(10)] public double? Ratio { get; init; }
    /// <summary>First quartile of those ratios.</summary>
    [Id(11), Key(11)] public double? RatioLowerQuartile { get; init; }
    /// <summary>Third quartile of those ratios.</summary>
    [Id(12), Key(12)] public double? RatioUpperQuartile { get; init; }
}

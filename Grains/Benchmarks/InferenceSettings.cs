using LoraCluster.Adapters;
using LoraCluster.Grains.Jobs;
using LoraCluster.Training;

namespace LoraCluster.Grains.Benchmarks;

/// <summary>What the inference benchmark is asked for.</summary>
internal sealed record InferenceSettings(
    string Model, IReadOnlyList<int> BatchSizes, IReadOnlyList<int> Lengths, int Rounds, int Repetitions, int Warmup, LoraConfig Lora,
    Precision Precision)
{
    private const int MostTokens = 1 << 20;

    /// <summary>Reads a spec; its faults are what is wrong with it.</summary>
    public static (InferenceSettings Settings, IReadOnlyList<string> Faults) Of(BenchmarkSpec spec)
    {
        var read = new SettingsReader(spec);
        read.NoDataset();
        var settings = new InferenceSettings(
            read.Model(), read.Numbers("batch-sizes", [1, 8, 32], 1, 1024), read.Numbers("lengths", [16, 64, 128], 1, 65_536),
            read.Number("rounds", 10, 1, 1000), read.Number("repetitions", 10, 1, 1000), read.Number("warmup", 3, 0, 1000),
            AdapterSettings.Of(read), AdapterSettings.PrecisionOf(read));
        if (settings.BatchSizes.Max() * (long)settings.Lengths.Max() > MostTokens)
            read.Refuse("batch-sizes times lengths", $"{settings.BatchSizes.Max()} times {settings.Lengths.Max()}", $"{MostTokens} tokens");
        return (settings, read.Faults());
    }
}

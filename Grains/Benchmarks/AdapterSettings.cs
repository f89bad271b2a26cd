using LoraCluster.Adapters;
using LoraCluster.Training;

namespace LoraCluster.Grains.Benchmarks;

/// <summary>The settings of an adapter and of the precision, which several benchmarks have.</summary>
internal static class AdapterSettings
{
    public static LoraConfig Of(SettingsReader read)
    {
        int rank = read.Number("rank", 8, 1, 4096);
        return new LoraConfig
        {
            Rank = rank, Alpha = read.Real("alpha", 2.0 * rank, 1e-6, 1e6),
            TargetModules = TargetModules.Named([.. read.Words("target", "q,v")]),
        };
    }

    public static Precision PrecisionOf(SettingsReader read) =>
        read.Word("dtype", "fp32", "fp32", "bf16") == "bf16" ? Precision.BFloat16 : Precision.Float32;
}

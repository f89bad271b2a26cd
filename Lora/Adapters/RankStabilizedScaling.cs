namespace LoraCluster.Adapters;

/// <summary>
/// The factor of rsLoRA (Kalajdzievski 2023, "A Rank Stabilization Scaling Factor for Fine-Tuning with LoRA"): alpha / sqrt(r) where plain
/// LoRA has alpha / r, so that the size of the update does not shrink as the rank grows.
/// </summary>
public static class RankStabilizedScaling
{
    /// <summary>alpha / sqrt(rank).</summary>
    /// <param name="alpha">Above 0.</param>
    /// <param name="rank">1 or more.</param>
    public static double Of(double alpha, int rank) => alpha / Math.Sqrt(rank);
}

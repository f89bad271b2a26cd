namespace LoraCluster.Models;

/// <summary>A shape as people write it.</summary>
internal static class ShapeText
{
    /// <summary>[2, 3].</summary>
    public static string Of(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";
}

using static TorchSharp.torch;

namespace LoraCluster.Kernels;

/// <summary>
/// Frees, as early as possible, the tensors that TorchSharp's custom functions leave behind: the wrapper of a forward's raw result, and the
/// gradient that a backward hands to native code, which copies the handle only after the managed code has returned.
/// </summary>
internal static class FunctionCall
{
    [ThreadStatic]
    private static Tensor? handedOver;

    /// <summary>Keeps a gradient alive until the next one on this thread, which is after native code has taken it.</summary>
    public static List<Tensor?> HandOver(Tensor gradient, int arguments)
    {
        handedOver?.Dispose();
        handedOver = gradient;
        var gradients = new List<Tensor?>(arguments) { gradient };
        while (gradients.Count < arguments) gradients.Add(null);
        return gradients;
    }
}

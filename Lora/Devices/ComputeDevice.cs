using System.Globalization;
using TorchSharp;

namespace LoraCluster.Devices;

/// <summary>Where a silo computes. A device that was asked for is there or the silo does not start: it never falls back.</summary>
public static class ComputeDevice
{
    /// <summary>True for <c>auto</c>, <c>cpu</c>, <c>cuda:N</c>.</summary>
    public static bool IsName(string text) => text is "auto" or "cpu" || TryParseCuda(text, out _);

    /// <summary>The device's name: <c>cpu</c> or <c>cuda:N</c>. Loads libtorch.</summary>
    /// <exception cref="UserErrorException">The device is not there.</exception>
    public static string Resolve(string asked)
    {
        if (asked == "cpu") return "cpu";
        int count = torch.cuda.is_available() ? torch.cuda.device_count() : 0;
        if (asked == "auto") return count > 0 ? "cuda:0" : "cpu";
        if (!TryParseCuda(asked, out int index))
            throw new UserErrorException($"--device '{asked}': allowed are auto, cpu and cuda:N (N from 0).");
        if (index < count) return asked;
        throw new UserErrorException(count > 0
            ? FormattableString.Invariant($"--device {asked}: this machine has {count} CUDA device(s), cuda:0 to cuda:{count - 1}.")
            : $"--device {asked}: libtorch sees no CUDA device here. The default build is for the CPU: build with "
              + "-p:TorchBackend=cuda, or set LORACLUSTER_LIBTORCH to the torch/lib folder of a PyTorch with CUDA.");
    }

    private static bool TryParseCuda(string text, out int index)
    {
        index = -1;
        return text.StartsWith("cuda:", StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out index);
    }
}

using LoraCluster.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Models;

/// <summary>Raw access to the memory of a CPU tensor, after asserting what makes it safe: dtype, contiguity, device.</summary>
internal static class TensorMemory
{
    public delegate void Reader<T>(ReadOnlySpan<T> values);

    public delegate void Writer<T>(Span<T> values);

    public static void Write<T>(Tensor tensor, Writer<T> write) where T : unmanaged => write(Span<T>(tensor));

    public static void Read<T>(Tensor tensor, Reader<T> read) where T : unmanaged => read(Span<T>(tensor));

    public static T[] ToArray<T>(Tensor tensor) where T : unmanaged
    {
        using Tensor flat = tensor.cpu().contiguous();
        return Span<T>(flat).ToArray();
    }

    private static unsafe Span<T> Span<T>(Tensor tensor) where T : unmanaged
    {
        ScalarType expected = typeof(T) == typeof(float) ? ScalarType.Float32 : typeof(T) == typeof(long) ? ScalarType.Int64
            : ScalarType.Bool;
        void* address = RawTensor.Address(tensor, expected, out long count);
        return new Span<T>(address, checked((int)count));
    }
}

using System.Buffers;
using System.Numerics.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace LoraCluster.Kernels;

/// <summary>
/// y += s (x Aᵀ) Bᵀ over a few rows on the CPU. The products are so small (rank 8 against hundreds) that libtorch spends more time on
/// handing them to its threads than on computing them; here one thread takes them in one pass. A row's bits depend on that row alone.
/// </summary>
internal static class LowRankProduct
{
    /// <summary>Multiply-adds from which on libtorch's threads are worth their handing over.</summary>
    public const long MostWork = 1 << 20;

    private const int MostRank = 256;

    /// <summary>Adds the product, or does nothing where libtorch is the better way or the tensors are not plain.</summary>
    /// <param name="y">[..., out] float32; changed in place, outside autograd.</param>
    /// <param name="x">[..., in] float32.</param>
    /// <param name="a">[rank, in] float32.</param>
    /// <param name="b">[out, rank] float32.</param>
    /// <param name="scale">s.</param>
    /// <returns>True if it was added.</returns>
    public static bool TryAdd(Tensor y, Tensor x, Tensor a, Tensor b, float scale)
    {
        if (!IsPlain(y) || !IsPlain(x) || !IsPlain(a) || !IsPlain(b)) return false;
        (long rank, long inputs, long outputs) = (a.size(0), a.size(1), b.size(0));
        long rows = x.numel() / inputs;
        if (rank > MostRank || rows * rank * (inputs + outputs) > MostWork) return false;
        Add(RawTensor.Floats(y), RawTensor.Floats(x), RawTensor.Floats(a), RawTensor.Floats(b), (int)rank, scale);
        GC.KeepAlive((y, x, a, b));
        return true;
    }

    private static void Add(Span<float> y, ReadOnlySpan<float> x, ReadOnlySpan<float> a, ReadOnlySpan<float> b, int rank, float scale)
    {
        (int inputs, int outputs) = (a.Length / rank, b.Length / rank);
        float[] rented = ArrayPool<float>.Shared.Rent(b.Length);
        Span<float> columns = rented.AsSpan(0, b.Length), low = stackalloc float[rank];
        for (int output = 0; output < outputs; output++)
            for (int r = 0; r < rank; r++) columns[r * outputs + output] = b[output * rank + r];
        for (int row = 0; row < x.Length / inputs; row++)
        {
            ReadOnlySpan<float> from = x.Slice(row * inputs, inputs);
            Span<float> to = y.Slice(row * outputs, outputs);
            for (int r = 0; r < rank; r++) low[r] = scale * TensorPrimitives.Dot(from, a.Slice(r * inputs, inputs));
            for (int r = 0; r < rank; r++) TensorPrimitives.MultiplyAdd(columns.Slice(r * outputs, outputs), low[r], to, to);
        }
        ArrayPool<float>.Shared.Return(rented);
    }

    private static bool IsPlain(Tensor tensor) =>
        tensor.dtype == ScalarType.Float32 && tensor.device_type == DeviceType.CPU && tensor.is_contiguous();
}

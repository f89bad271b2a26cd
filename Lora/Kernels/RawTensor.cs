using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Kernels;

/// <summary>A tensor's elements as plain memory, after the checks that make this safe.</summary>
internal static unsafe class RawTensor
{
    /// <summary>The address of the first of <paramref name="count"/> contiguous elements on the CPU.</summary>
    /// <param name="tensor">The caller keeps it alive while the address is used.</param>
    /// <param name="dtype">The dtype that it must have.</param>
    /// <param name="count">How many elements there are.</param>
    /// <exception cref="ArgumentException">Another dtype, another device, or gaps between elements.</exception>
    public static void* Address(Tensor tensor, ScalarType dtype, out long count)
    {
        if (tensor.dtype != dtype || tensor.device_type != DeviceType.CPU || !tensor.is_contiguous())
        {
            string gaps = tensor.is_contiguous() ? "contiguous" : "not contiguous";
            throw new ArgumentException(
                $"a contiguous tensor of {dtype} on the CPU is needed, this one is {gaps}, of {tensor.dtype}, on {tensor.device}",
                nameof(tensor));
        }
        count = tensor.numel();
        if (count == 0) return null;
        return TorchAbi.IsAvailable ? TorchAbi.DataPointer(tensor) : AddressByTorchSharp(tensor);
    }

    /// <summary>
    /// TorchSharp's only public way to the address is a span of bytes, whose length must fit an int: so that of one element.
    /// </summary>
    internal static void* AddressByTorchSharp(Tensor tensor)
    {
        using Tensor first = tensor.as_strided([1], [1], tensor.storage_offset());
        fixed (byte* address = first.bytes) return address;
    }

    /// <summary>Float32 elements as a span, for vectors of less than 2^31 elements.</summary>
    public static Span<float> Floats(Tensor tensor)
    {
        void* address = Address(tensor, ScalarType.Float32, out long count);
        return new Span<float>(address, checked((int)count));
    }
}

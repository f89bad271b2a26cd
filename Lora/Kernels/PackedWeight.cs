using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Kernels;

/// <summary>
/// A frozen weight [out, in] in oneDNN's own layout, and its transpose for the gradient of the input. With packed weights a row of the
/// result does not depend on how many rows there are, on its place among them or on the thread count (<see cref="KernelSelfTest"/> checks
/// this). Where oneDNN is out of reach (see <see cref="TorchAbi.Reason"/>), on other devices and for other dtypes, the plain weight
/// serves.
/// </summary>
/// <remarks>Immutable after packing; any number of threads may use it at once. All products are outside autograd.</remarks>
public sealed class PackedWeight : IDisposable
{
    private readonly Tensor? plain;
    private readonly PackedMatrix? forward, transposed;

    private PackedWeight(Tensor weight, bool inputGradient, bool packed)
    {
        using var noGrad = no_grad();
        (OutFeatures, InFeatures, Dtype, HasInputGradient) = (weight.size(0), weight.size(1), weight.dtype, inputGradient);
        Tensor detached = weight.detach();
        if (packed)
        {
            using Tensor turned = detached.t();
            forward = TryPack(detached);
            transposed = inputGradient && forward is not null ? TryPack(turned) : null;
        }
        if (forward is null || (inputGradient && transposed is null))
        {
            forward?.Dispose();
            forward = null;
            plain = detached.DetachFromDisposeScope();
        }
        else
        {
            detached.Dispose();
        }
    }

    /// <summary>Rows of W: the width of a result.</summary>
    public long OutFeatures { get; }

    /// <summary>Columns of W: the width of an input.</summary>
    public long InFeatures { get; }

    /// <summary>Dtype of the weight, of inputs and of results.</summary>
    public ScalarType Dtype { get; }

    /// <summary>Whether oneDNN's layout is in use; false means plain products.</summary>
    public bool IsPacked => plain is null;

    /// <summary>Whether <see cref="MultiplyTransposed"/> can be called.</summary>
    public bool HasInputGradient { get; }

    /// <summary>
    /// Bytes that packing added to the process: the weight once, or twice with its transpose; 0 if the plain weight serves. Without
    /// oneDNN's padding.
    /// </summary>
    public long ByteSize => IsPacked ? OutFeatures * InFeatures * Dtype.ElementSize() * (HasInputGradient ? 2 : 1) : 0;

    /// <summary>
    /// Packs a weight. The given tensor is not changed; a packed weight does not keep it alive, a plain one shares its memory.
    /// </summary>
    /// <param name="weight">[out, in], a float dtype; float32 and bfloat16 on the CPU can be packed.</param>
    /// <param name="inputGradient">Whether gradients will flow through; false saves half the memory.</param>
    /// <returns>The packed weight; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">Not a matrix of floats, or empty.</exception>
    public static PackedWeight Pack(Tensor weight, bool inputGradient = true) =>
        new(Checked(weight), inputGradient, KernelSwitches.PackedWeights && CanPack(weight) && KernelSelfTest.Packs(weight.dtype));

    /// <summary>The same interface on the plain weight: the route for other devices, for too little memory, and for comparison.</summary>
    /// <param name="weight">[out, in], a float dtype. Its memory is shared, not copied.</param>
    /// <param name="inputGradient">Whether gradients will flow through.</param>
    /// <returns>The weight; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">Not a matrix of floats, or empty.</exception>
    public static PackedWeight Plain(Tensor weight, bool inputGradient = true) => new(Checked(weight), inputGradient, packed: false);

    /// <summary>x W^T + b.</summary>
    /// <param name="x">[…, in], of <see cref="Dtype"/>.</param>
    /// <param name="bias">[out], of <see cref="Dtype"/>, or null.</param>
    /// <returns>[…, out], of <see cref="Dtype"/>, without gradient; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">Another dtype or width.</exception>
    public Tensor Multiply(Tensor x, Tensor? bias = null)
    {
        Check(x, InFeatures, Dtype, nameof(x));
        if (bias is not null && bias.dim() != 1) throw new ArgumentException("a bias is a vector", nameof(bias));
        if (bias is not null) Check(bias, OutFeatures, Dtype, nameof(bias));
        using var noGrad = no_grad();
        using Tensor? padded = bias is null ? null : PrepareBias(bias);
        return MultiplyPrepared(x, padded);
    }

    /// <summary>g W: the gradient of the input from that of the result.</summary>
    /// <param name="g">[…, out], of <see cref="Dtype"/>.</param>
    /// <returns>[…, in], of <see cref="Dtype"/>, without gradient; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">Another dtype or width.</exception>
    /// <exception cref="InvalidOperationException">Packed without input gradients.</exception>
    public Tensor MultiplyTransposed(Tensor g)
    {
        Check(g, OutFeatures, Dtype, nameof(g));
        if (!HasInputGradient) throw new InvalidOperationException("this weight was packed without input gradients");
        if (transposed is not null) return transposed.Multiply(g, null);
        using var noGrad = no_grad();
        return matmul(g, plain!);
    }

    /// <summary>Frees the packed copies.</summary>
    public void Dispose()
    {
        plain?.Dispose();
        forward?.Dispose();
        transposed?.Dispose();
    }

    /// <summary>For the self-test itself, which decides whether packing is used.</summary>
    internal static PackedWeight PackUntested(Tensor weight, bool inputGradient = true) =>
        new(Checked(weight), inputGradient, CanPack(weight));

    /// <summary>
    /// Whether oneDNN takes bfloat16 here: it refuses it below AVX-512 (BW, VL, DQ), and would say so on the standard error stream only.
    /// </summary>
    internal static bool Bf16Packs => Avx512BW.VL.IsSupported && Avx512DQ.VL.IsSupported;

    /// <summary>The plain weight, where it serves; for the autograd of the plain route.</summary>
    internal Tensor PlainWeight => plain ?? throw new InvalidOperationException("the weight is packed");

    /// <summary>A bias as <see cref="MultiplyPrepared"/> wants it: made once, used often. The caller disposes it.</summary>
    internal Tensor PrepareBias(Tensor bias) => forward is null ? bias.alias() : forward.PadBias(bias);

    /// <summary><see cref="Multiply"/> without its checks of the bias and without a change of grad mode where it is packed.</summary>
    internal Tensor MultiplyPrepared(Tensor x, Tensor? preparedBias)
    {
        if (forward is not null) return forward.Multiply(x, preparedBias);
        using var noGrad = no_grad();
        return nn.functional.linear(x, plain!, preparedBias);
    }

    private static PackedMatrix? TryPack(Tensor matrix)
    {
        using Tensor contiguous = matrix.contiguous();
        var packed = new PackedMatrix(contiguous);
        if (packed.AgreesWith(contiguous)) return packed;
        packed.Dispose();
        return null;
    }

    // A single input or output is no matrix product, and oneDNN's bfloat16 is wrong for one input.
    private static bool CanPack(Tensor weight) =>
        weight.device_type == DeviceType.CPU && TorchAbi.IsAvailable && weight.size(0) > 1 && weight.size(1) > 1
        && (weight.dtype == ScalarType.Float32
            || (weight.dtype == ScalarType.BFloat16 && Bf16Packs));

    private static Tensor Checked(Tensor weight)
    {
        if (weight.dim() != 2 || weight.numel() == 0 || !weight.is_floating_point())
        {
            string shape = string.Join(", ", weight.shape);
            throw new ArgumentException($"a weight is a matrix [out, in] of floats, not [{shape}] of {weight.dtype}", nameof(weight));
        }
        return weight;
    }

    /// <summary>Refuses what is not […, width] of a dtype.</summary>
    internal static void Check(Tensor x, long width, ScalarType dtype, string name)
    {
        if (x.dtype != dtype || x.dim() == 0 || x.size(-1) != width)
            throw new ArgumentException($"[…, {width}] of {dtype} is needed, this is [{string.Join(", ", x.shape)}] of {x.dtype}", name);
    }
}

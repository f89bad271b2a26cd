using LoraCluster.Randomness;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Kernels;

/// <summary>One matrix [out, in] in oneDNN's layout, for x M^T.</summary>
internal sealed class PackedMatrix : IDisposable
{
    private const int ProbeRows = 3;
    private const int Block = 64;

    private readonly long outputs, padded;
    private readonly Tensor packed;

    /// <summary>Packs a matrix of float32 or bfloat16 on the CPU, outside autograd.</summary>
    /// <param name="matrix">[out, in], contiguous; not kept.</param>
    public PackedMatrix(Tensor matrix)
    {
        outputs = matrix.size(0);
        padded = PaddedOutputs(outputs);
        if (padded == outputs)
        {
            packed = TorchAbi.ReorderLinearWeight(matrix);
        }
        else
        {
            using Tensor rows = zeros(padded, matrix.size(1), matrix.dtype), top = rows.narrow(0, 0, outputs);
            top.copy_(matrix);
            packed = TorchAbi.ReorderLinearWeight(rows);
        }
        packed.DetachFromDisposeScope();
    }

    // libtorch 2.10 packs float32 in blocks of 64 outputs, yet for a last block of at most 48 its product reads another layout: the
    // result is wrong and no error is raised (seen for every width above 32 whose remainder by 64 is 1 to 48). Zero rows fill the block.
    private static long PaddedOutputs(long outputs) => outputs <= Block / 2 ? outputs : (outputs + Block - 1) / Block * Block;

    /// <summary>A bias with the zeros that <see cref="Multiply"/> needs; a new handle in any case.</summary>
    public Tensor PadBias(Tensor bias) => padded == outputs ? bias.alias() : nn.functional.pad(bias, [0, padded - outputs]);

    /// <summary>x M^T + b.</summary>
    /// <param name="x">[…, in] of the matrix's dtype.</param>
    /// <param name="paddedBias">From <see cref="PadBias"/>, or null.</param>
    public Tensor Multiply(Tensor x, Tensor? paddedBias)
    {
        Tensor y = TorchAbi.Linear(x, packed, paddedBias);
        if (padded == outputs) return y;
        using (y)
        using (Tensor view = y.narrow(-1, 0, outputs))
            return view.contiguous();
    }

    /// <summary>Whether a few made-up rows give what the plain product gives: wrong layouts are wrong everywhere, and silently.</summary>
    public bool AgreesWith(Tensor matrix)
    {
        using var scope = NewDisposeScope();
        Tensor probe = empty(ProbeRows, matrix.size(1));
        new RandomStream(0, RandomPurpose.Synthetic).FillNormal(RawTensor.Floats(probe));
        Tensor x = probe.to(matrix.dtype), expected = nn.functional.linear(x, matrix).to(ScalarType.Float32);
        Tensor error = Multiply(x, null).to(ScalarType.Float32).sub_(expected).abs_().max();
        double tolerance = matrix.dtype == ScalarType.Float32 ? 1e-3 : 0.03;
        return error.item<float>() <= tolerance * expected.abs().max().item<float>();
    }

    public void Dispose() => packed.Dispose();
}

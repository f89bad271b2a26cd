using LoraCluster.Kernels;
using static TorchSharp.torch;

namespace LoraCluster.Models.Decoders;

/// <summary>
/// Rotary positions (Su et al. 2021) in the half-rotated form of Hugging Face: with x = [x1, x2] split in the middle of a head, a position
/// turns it to [x1 cos - x2 sin, x2 cos + x1 sin].
/// </summary>
/// <param name="Cos">[T, D] or [B, 1, T, D], the two halves alike.</param>
/// <param name="Sin">Likewise.</param>
internal readonly record struct RotaryAngles(Tensor Cos, Tensor Sin)
{
    /// <summary>Turns queries [B, N, G, T, D] (grouped) or keys [B, N, T, D].</summary>
    public Tensor Turn(Tensor x, bool grouped)
    {
        bool perRow = grouped && Cos.dim() > 2;
        Tensor cos = perRow ? Cos.unsqueeze(2) : Cos, sin = perRow ? Sin.unsqueeze(2) : Sin;
        long half = x.size(-1) / 2;
        Tensor turned = cat([x.narrow(-1, half, half).neg(), x.narrow(-1, 0, half)], -1);
        return x.mul(cos).Plus(turned.mul(sin));
    }
}

/// <summary>
/// Rotary angles of a model. Frequencies and angles are computed in fp32 in the order of transformers/modeling_rope_utils.py, since an
/// angle at position p is only known to p times the rounding of its frequency.
/// </summary>
/// <param name="rope">Kind and frequencies.</param>
/// <param name="headSize">Width D of a head, even.</param>
internal sealed class RotaryPositions(RopeConfig rope, int headSize)
{
    private readonly float[] _frequencies = rope.Frequencies(headSize);

    /// <summary>Angles of tokens.</summary>
    /// <param name="positions">int64 [B, T], or null: 0 to T - 1.</param>
    /// <param name="tokens">T.</param>
    /// <param name="dtype">dtype of queries and keys.</param>
    /// <param name="device">Where they are.</param>
    public RotaryAngles At(Tensor? positions, long tokens, ScalarType dtype, Device device)
    {
        using var _ = no_grad();
        using Tensor frequencies_F = tensor(_frequencies, device: device);
        using Tensor row_T = arange(0, tokens, ScalarType.Float32, device);
        using Tensor at_T1 = positions is null ? row_T.unsqueeze(1)
            : positions.to_type(ScalarType.Float32).view(positions.size(0), 1, tokens, 1);
        using Tensor angles_TF = at_T1.mul(frequencies_F), angles_TD = cat([angles_TF, angles_TF], -1);
        using Tensor cos = angles_TD.cos(), sin = angles_TD.sin();
        return new RotaryAngles(cos.to(dtype, copy: true), sin.to(dtype, copy: true));
    }
}

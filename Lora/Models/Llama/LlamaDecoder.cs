using LoraCluster.Kernels;
using LoraCluster.Models.Decoders;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraCluster.Models.Llama;

// Shapes: B rows, T tokens, H hidden.

/// <summary>
/// The decoder of Llama (Touvron et al. 2023; transformers/models/llama): rotary positions, RMS norms before the layers, a gated
/// feed-forward layer (SwiGLU, Shazeer 2020). The residual stream and the norms are fp32.
/// </summary>
internal sealed class LlamaDecoder : IDecoder
{
    private readonly LlamaConfig _config;
    private readonly DecoderKeyMap _keys;
    private readonly IWeightSource _weights;
    private readonly ScalarType _compute;
    private readonly RotaryPositions _rotary;
    private readonly DecoderEmbedding _words;
    private readonly CausalAttention[] _attention;
    private readonly (Module<Tensor, Tensor> Gate, Module<Tensor, Tensor> Up, Module<Tensor, Tensor> Down)[] _feedForward;

    public LlamaDecoder(LlamaConfig config, DecoderKeyMap keys, IWeightSource weights, DropoutContext dropout, ScalarType compute)
    {
        (_config, _keys, _weights, _compute) = (config, keys, weights, compute);
        _rotary = new RotaryPositions(config.Rope, config.HeadSize);
        _words = new DecoderEmbedding(keys.WordEmbeddings, weights);
        _attention = [.. Enumerable.Range(0, config.Layers).Select(i => new CausalAttention(config, keys, weights, dropout, i))];
        Module<Tensor, Tensor> Linear(string path, int layer) => weights.Linear(ModelLayout.At(path, layer));
        _feedForward = [.. Enumerable.Range(0, config.Layers).Select(i =>
            (Linear(LlamaFamily.Gate, i), Linear(LlamaFamily.Up, i), Linear(LlamaFamily.Down, i)))];
    }

    public DecoderConfig Config => _config;

    public Tensor Forward(DecoderInput input)
    {
        Tensor x_BTH = _words.Of(input, _config.PadId, _config.HasPadding);
        RotaryAngles angles = _rotary.At(input.Positions, input.Ids.size(1), _compute, input.Ids.device);
        for (int i = 0; i < _config.Layers; i++)
        {
            Tensor h_BTH = Cast(Norm(x_BTH, ModelLayout.At(_keys.AttentionNorm, i)));
            x_BTH = x_BTH.Plus(_attention[i].Forward(h_BTH, input, angles));
            h_BTH = Cast(Norm(x_BTH, ModelLayout.At(_keys.FeedForwardNorm, i)));
            Tensor gated = _config.Activation.Apply(_feedForward[i].Gate.forward(h_BTH)).mul(_feedForward[i].Up.forward(h_BTH));
            x_BTH = x_BTH.Plus(_feedForward[i].Down.forward(gated));
        }
        input.Cache?.Advance((int)input.Ids.size(1));
        return Norm(x_BTH, _keys.FinalNorm);
    }

    /// <summary>Root mean square norm (Zhang and Sennrich 2019): w x / sqrt(mean(x²) + eps).</summary>
    private Tensor Norm(Tensor x, string module)
    {
        Tensor scale = x.mul(x).mean([-1], keepdim: true).PlusNumber(_config.NormEps).rsqrt();
        return x.mul(scale).mul(_weights.Weight(module + ".weight"));
    }

    private Tensor Cast(Tensor x) => _compute == ScalarType.Float32 ? x : x.to_type(_compute);
}

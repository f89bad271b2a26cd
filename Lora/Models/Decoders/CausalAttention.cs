using LoraCluster.Kernels;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraCluster.Models.Decoders;

// Shapes: B rows, T tokens, K keys, N heads of keys and values, G query heads for each, D width of a head.

/// <summary>
/// Attention of a decoder layer (Vaswani et al. 2017; grouped queries: Ainslie et al. 2023) on its four projections. The G query heads that
/// share a head of keys are rows of one product, so keys are never repeated. As in the encoders it is bmm, softmax, bmm.
/// </summary>
internal sealed class CausalAttention
{
    private readonly DecoderConfig _config;
    private readonly DropoutContext _dropout;
    private readonly int _layer;
    private readonly Module<Tensor, Tensor> _query, _key, _value, _output;

    public CausalAttention(DecoderConfig config, DecoderKeyMap keys, IWeightSource weights, DropoutContext dropout, int layer)
    {
        (_config, _dropout, _layer) = (config, dropout, layer);
        Module<Tensor, Tensor> Linear(string path) => weights.Linear(ModelLayout.At(path, layer));
        (_query, _key, _value, _output) = (Linear(keys.Query), Linear(keys.Key), Linear(keys.Value), Linear(keys.AttentionOutput));
    }

    /// <summary>Attention of a normed input.</summary>
    /// <param name="h_BTH">[B, T, H] in the products' dtype.</param>
    /// <param name="input">Mask and cache.</param>
    /// <param name="rotation">Turns queries and keys by their positions; null: the family has other positions.</param>
    /// <returns>[B, T, H], not yet dropped out.</returns>
    public Tensor Forward(Tensor h_BTH, DecoderInput input, RotaryAngles? rotation)
    {
        long b = h_BTH.size(0), t = h_BTH.size(1), n = _config.KeyValueHeads, d = _config.HeadSize, g = _config.Heads / n;
        Tensor query_BNGTD = _query.forward(h_BTH).view(b, t, n, g, d).permute(0, 2, 3, 1, 4);
        Tensor key_BNTD = _key.forward(h_BTH).view(b, t, n, d).transpose(1, 2);
        Tensor value_BNTD = _value.forward(h_BTH).view(b, t, n, d).transpose(1, 2);
        if (rotation is { } angles) (query_BNGTD, key_BNTD) = (angles.Turn(query_BNGTD, grouped: true), angles.Turn(key_BNTD, false));
        if (input.Cache is { } cache) (key_BNTD, value_BNTD) = cache.Add(_layer, key_BNTD, value_BNTD);

        // Scores and softmax are fp32 whatever the products are: what bf16 would round away here decides which of the units behind it
        // are on.
        long k = key_BNTD.size(2);
        Tensor query_XTD = query_BNGTD.to_type(ScalarType.Float32).Times(1 / Math.Sqrt(d)).reshape(b * n, g * t, d);
        Tensor scores_XTK = query_XTD.bmm(key_BNTD.to_type(ScalarType.Float32).transpose(2, 3).reshape(b * n, d, k));
        if (input.Mask is { } mask) scores_XTK.view(b, n, g, t, k).PlusInPlace(mask);
        Tensor p_XTK = _dropout.Apply(scores_XTK.softmax(-1), _config.AttentionDropout, DropoutSites.Attention(_layer))
            .to_type(value_BNTD.dtype);
        Tensor x_XTD = p_XTK.bmm(value_BNTD.reshape(b * n, k, d));
        return _output.forward(x_XTD.view(b, n, g, t, d).permute(0, 3, 1, 2, 4).reshape(b, t, n * g * d));
    }
}

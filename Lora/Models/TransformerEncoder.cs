using LoraCluster.Adapters;
using LoraCluster.Kernels;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraCluster.Models;

// Shapes: B rows, T tokens, Q queried tokens (T, or 1 in the last layer of a classifier), H hidden, N heads, D = H / N.

/// <summary>
/// The post-norm encoder of BERT, DistilBERT and RoBERTa (Vaswani et al. 2017; Devlin et al. 2018). The residual stream and the norms
/// are fp32; the products follow the linear layers' precision. Attention is bmm, softmax, bmm: with dropout the fused form takes the same
/// path, and in bf16 its backward is many times slower.
/// </summary>
public sealed class TransformerEncoder
{
    private readonly EncoderConfig _config;
    private readonly IWeightSource _weights;
    private readonly DropoutContext _dropout;
    private readonly EncoderKeyMap _keys;
    private readonly ScalarType _compute;
    private readonly Dictionary<string, LoraEmbedding> _adapters;
    private readonly EncoderLayer[] _layers;

    /// <summary>An encoder over the weights of a source.</summary>
    /// <param name="family">Names and habits of the family.</param>
    /// <param name="config">Shape.</param>
    /// <param name="weights">Parameters; owned by the source.</param>
    /// <param name="dropout">Shared by all dropouts.</param>
    /// <param name="compute">fp32, or bf16 for the products.</param>
    public TransformerEncoder(EncoderFamily family, EncoderConfig config, IWeightSource weights, DropoutContext dropout, ScalarType compute)
    {
        (_config, _weights, _dropout, _keys, _compute) = (config, weights, dropout, family.Keys, compute);
        _adapters = new[] { _keys.WordEmbeddings, _keys.PositionEmbeddings, _keys.TokenTypeEmbeddings }.OfType<string>()
            .Select(m => (m, weights.EmbeddingAdapter(m))).Where(p => p.Item2 is not null)
            .ToDictionary(p => p.m, p => p.Item2!, StringComparer.Ordinal);
        _layers = [.. Enumerable.Range(0, config.Layers).Select(i => new EncoderLayer(family, config, weights, dropout, compute, i))];
    }

    /// <summary>Hidden states after the last layer.</summary>
    /// <param name="batch">Token ids [B, T], at most the config's positions long.</param>
    /// <param name="onlyFirst">True: only position 0 of each row is carried through the last layer, which is all a classifier
    /// reads.</param>
    /// <returns>fp32 [B, T, H], or [B, 1, H].</returns>
    public Tensor Forward(TokenBatch batch, bool onlyFirst)
    {
        Tensor x_BTH = Embed(batch);
        Tensor? mask_B11T = batch.Mask is null || _compute == ScalarType.Float32 ? batch.Mask : batch.Mask.to_type(_compute);
        for (int i = 0; i < _layers.Length; i++)
            x_BTH = _layers[i].Forward(x_BTH, mask_B11T, onlyFirst && i == _layers.Length - 1);
        return x_BTH;
    }

    private Tensor Embed(TokenBatch batch)
    {
        Tensor x_BTH = Rows(_keys.WordEmbeddings, batch.Ids.view(-1)).view(batch.Rows, batch.Width, _config.HiddenSize);
        if (_keys.TokenTypeEmbeddings is { } types) x_BTH = x_BTH.Plus(Types(batch, types));
        x_BTH = x_BTH.Plus(Positions(batch));
        x_BTH = Norm(_weights, _keys.EmbeddingsNorm, x_BTH, _config);
        return _dropout.Apply(x_BTH, _config.HiddenDropout, DropoutSites.Embeddings);
    }

    /// <summary>Token type embeddings, [1, H] where all are 0, or [B, T, H].</summary>
    private Tensor Types(TokenBatch batch, string module) => batch.Types is null
        ? Consecutive(module, 0, 1) : Rows(module, batch.Types.view(-1)).view(batch.Rows, batch.Width, _config.HiddenSize);

    /// <summary>Position embeddings, [T, H], or [B, T, H] where the rows differ.</summary>
    private Tensor Positions(TokenBatch batch)
    {
        string module = _keys.PositionEmbeddings;
        if (_config.FirstPosition == 0 || !batch.HasPadIdInside) return Consecutive(module, _config.FirstPosition, batch.Width);
        using Tensor numbers = batch.PositionsAfterPadding(_config.PadId, _config.FirstPosition);
        return Rows(module, numbers).view(batch.Rows, batch.Width, _config.HiddenSize);
    }

    /// <summary>Consecutive rows of a table: a view of it, unless it has an adapter.</summary>
    private Tensor Consecutive(string module, int first, int count)
    {
        if (!_adapters.ContainsKey(module)) return _weights.Weight(module + ".weight").narrow(0, first, count);
        using Tensor numbers = tensor(Enumerable.Range(first, count).Select(i => (long)i).ToArray(),
            device: _weights.Weight(module + ".weight").device);
        return Rows(module, numbers);
    }

    private Tensor Rows(string module, Tensor numbers_N) => _adapters.TryGetValue(module, out LoraEmbedding? adapter)
        ? adapter.Rows(numbers_N) : TableRows.Of(_weights.Weight(module + ".weight"), numbers_N);

    internal static Tensor Norm(IWeightSource weights, string module, Tensor x, EncoderConfig config) =>
        functional.layer_norm(x, [config.HiddenSize], weights.Weight(module + ".weight"), weights.Weight(module + ".bias"),
            config.LayerNormEps);
}

/// <summary>Numbers of the dropouts in a model: part of every mask's key, so they never change.</summary>
internal static class DropoutSites
{
    public const int Embeddings = 0, Head = 1, HeadInput = 2;

    public static int Attention(int layer) => 16 * (layer + 1);

    public static int AttentionOutput(int layer) => 16 * (layer + 1) + 1;

    public static int Output(int layer) => 16 * (layer + 1) + 2;

    /// <summary>LoRA dropout of the linear module with this place in the key map's order.</summary>
    public static int Adapter(int linear) => (1 << 16) + linear;
}

using LoraCluster.Kernels;
using LoraCluster.Models.Decoders;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraCluster.Models.Opt;

// Shapes: B rows, T tokens, H hidden, E embedding (H, unless projections lead in and out).

/// <summary>
/// The decoder of OPT (Zhang et al. 2022; transformers/models/opt): learned positions, norms before the layers (after the sums in
/// OPT-350m), ReLU between two linear layers. The residual stream and the norms are fp32.
/// </summary>
internal sealed class OptDecoder : IDecoder
{
    private const double NormEpsilon = 1e-5;
    private readonly OptConfig _config;
    private readonly DecoderKeyMap _keys;
    private readonly IWeightSource _weights;
    private readonly DropoutContext _dropout;
    private readonly ScalarType _compute;
    private readonly DecoderEmbedding _words, _positions;
    private readonly Module<Tensor, Tensor>? _projectIn, _projectOut;
    private readonly CausalAttention[] _attention;
    private readonly (Module<Tensor, Tensor> Up, Module<Tensor, Tensor> Down)[] _feedForward;

    public OptDecoder(OptConfig config, DecoderKeyMap keys, IWeightSource weights, DropoutContext dropout, ScalarType compute)
    {
        (_config, _keys, _weights, _dropout, _compute) = (config, keys, weights, dropout, compute);
        (_words, _positions) = (new(keys.WordEmbeddings, weights), new(OptFamily.PositionEmbeddings, weights));
        _projectIn = config.Projects ? weights.Linear(OptFamily.ProjectIn) : null;
        _attention = [.. Enumerable.Range(0, config.Layers).Select(i => new CausalAttention(config, keys, weights, dropout, i))];
        _feedForward = [.. Enumerable.Range(0, config.Layers).Select(i =>
            (weights.Linear(ModelLayout.At(OptFamily.Up, i)), weights.Linear(ModelLayout.At(OptFamily.Down, i))))];
        _projectOut = config.Projects ? weights.Linear(OptFamily.ProjectOut) : null;
    }

    public DecoderConfig Config => _config;

    public Tensor Forward(DecoderInput input)
    {
        Tensor x_BTH = Embed(input);
        for (int i = 0; i < _config.Layers; i++) x_BTH = Layer(x_BTH, input, i);
        input.Cache?.Advance((int)input.Ids.size(1));
        if (_config.HasFinalNorm) x_BTH = Norm(x_BTH, _keys.FinalNorm);
        return _projectOut is null ? x_BTH : _projectOut.forward(Cast(x_BTH)).to_type(ScalarType.Float32);
    }

    private Tensor Embed(DecoderInput input)
    {
        Tensor x_BTE = _words.Of(input, _config.PadId, _config.HasPadding);
        if (_projectIn is not null) x_BTE = _projectIn.forward(Cast(x_BTE)).to_type(ScalarType.Float32);
        long tokens = input.Ids.size(1);
        if (input.Positions is not { } positions) return x_BTE.Plus(_positions.Rows(OptFamily.FirstPosition, tokens));
        using Tensor first = tensor([(long)OptFamily.FirstPosition], device: positions.device);
        return x_BTE.Plus(_positions.Rows(positions.Plus(first).flatten()).view(input.Ids.size(0), tokens, -1));
    }

    private Tensor Layer(Tensor x_BTH, DecoderInput input, int i)
    {
        (string attentionNorm, string feedForwardNorm) =
            (ModelLayout.At(_keys.AttentionNorm, i), ModelLayout.At(_keys.FeedForwardNorm, i));
        Tensor h_BTH = _config.NormsBefore ? Norm(x_BTH, attentionNorm) : x_BTH;
        h_BTH = _attention[i].Forward(Cast(h_BTH), input, rotation: null);
        x_BTH = x_BTH.Plus(_dropout.Apply(h_BTH, _config.HiddenDropout, DropoutSites.AttentionOutput(i)));
        if (!_config.NormsBefore) x_BTH = Norm(x_BTH, attentionNorm);

        h_BTH = _config.NormsBefore ? Norm(x_BTH, feedForwardNorm) : x_BTH;
        h_BTH = _feedForward[i].Down.forward(_config.Activation.Apply(_feedForward[i].Up.forward(Cast(h_BTH))));
        x_BTH = x_BTH.Plus(_dropout.Apply(h_BTH, _config.HiddenDropout, DropoutSites.Output(i)));
        return _config.NormsBefore ? x_BTH : Norm(x_BTH, feedForwardNorm);
    }

    private Tensor Norm(Tensor x, string module) => _config.NormsHaveWeights
        ? functional.layer_norm(x, [_config.HiddenSize], _weights.Weight(module + ".weight"), _weights.Weight(module + ".bias"),
            NormEpsilon)
        : functional.layer_norm(x, [_config.HiddenSize], null, null, NormEpsilon);

    private Tensor Cast(Tensor x) => _compute == ScalarType.Float32 ? x : x.to_type(_compute);
}

using LoraCluster.Kernels;
using LoraCluster.Models;
using LoraCluster.Randomness;
using LoraCluster.Training;
using TorchSharp;
using Parameter = TorchSharp.Modules.Parameter;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraCluster.Solo;

/// <summary>
/// An encoder with the head of masked-language-model pre-training (Devlin et al. 2018): dense, activation, norm, and the word embedding
/// again as output layer. Every parameter is trained; matrices come first in the flat vector, so that weight decay is one slice.
/// </summary>
internal sealed class MaskedLanguageModel : IWeightSource, IDisposable
{
    private const string Transform = "vocab_transform", TransformNorm = "vocab_layer_norm", OutputBias = "vocab_projector.bias";
    private readonly EncoderConfig _config;
    private readonly EncoderFamily _family;
    private readonly Dictionary<string, Parameter> _parameters = new(StringComparer.Ordinal);
    private readonly DropoutContext _dropout;
    private readonly TransformerEncoder _encoder;

    public MaskedLanguageModel(EncoderFamily family, EncoderConfig config, ulong seed)
    {
        (_family, _config) = (family, config);
        var head = family.LayoutOf(config).HeadModules.ToHashSet(StringComparer.Ordinal);
        List<(string Name, long[] Shape)> tensors = [.. family.LayoutOf(config).Tensors.Where(t => !head.Contains(ModuleOf(t.Name))),
            (Transform + ".weight", [config.HiddenSize, config.HiddenSize]), (Transform + ".bias", [config.HiddenSize]),
            (TransformNorm + ".weight", [config.HiddenSize]), (TransformNorm + ".bias", [config.HiddenSize]),
                (OutputBias, [config.VocabularySize])];
        Layout = new ParameterLayout(tensors.OrderBy(t => t.Shape.Length == 1).ThenBy(t => t.Name, StringComparer.Ordinal));
        Parameters = zeros([Layout.Length]);
        Gradient = zeros([Layout.Length]);
        Initialize(seed);
        foreach (ParameterSlot slot in Layout.Slots)
        {
            var parameter = new Parameter(Parameters.narrow(0, slot.Offset, slot.Length).view(slot.Shape), requires_grad: true);
            using Tensor gradient = Gradient.narrow(0, slot.Offset, slot.Length).view(slot.Shape);
            parameter.grad = gradient;
            _parameters[slot.Name] = parameter;
        }
        _dropout = new DropoutContext(seed);
        _encoder = new TransformerEncoder(family, config, this, _dropout, ScalarType.Float32);
    }

    public ParameterLayout Layout { get; }

    /// <summary>Flat fp32 [P].</summary>
    public Tensor Parameters { get; }

    /// <summary>Flat fp32 [P], of the last backward pass.</summary>
    public Tensor Gradient { get; }

    /// <summary>Values at the front of the flat vector that belong to matrices.</summary>
    public long MatrixLength => Layout.Slots.Where(s => s.Shape.Length > 1).Sum(s => (long)s.Length);

    /// <summary>Mean loss over the masked positions, its gradient, and how many were guessed right.</summary>
    /// <param name="batch">Tokens with some of them masked.</param>
    /// <param name="positions">Flat positions (row * width + token) to be guessed, int64 [M].</param>
    /// <param name="targets">What stood there, int64 [M].</param>
    /// <param name="step">0-based step, for the dropouts.</param>
    public (double Loss, long Correct) LossAndGradient(TokenBatch batch, Tensor positions, Tensor targets, int step)
    {
        using var scope = NewDisposeScope();
        using (no_grad()) Gradient.zero_();
        _dropout.BeginTraining(step, 0);
        Tensor x_MH = _encoder.Forward(batch, onlyFirst: false).view(-1, _config.HiddenSize).index_select(0, positions);
        Tensor h_MH = _config.Activation.Apply(functional.linear(x_MH, Weight(Transform + ".weight"), Weight(Transform + ".bias")));
        h_MH = functional.layer_norm(h_MH, [_config.HiddenSize], Weight(TransformNorm + ".weight"), Weight(TransformNorm + ".bias"),
            _config.LayerNormEps);
        Tensor logits_MV = functional.linear(h_MH, Weight(_family.Keys.WordEmbeddings + ".weight"), Weight(OutputBias));
        Tensor loss = functional.cross_entropy(logits_MV, targets);
        loss.backward();
        return (loss.item<float>(), logits_MV.detach().argmax(1).eq(targets).sum().item<long>());
    }

    /// <summary>The encoder's tensors, without the head of pre-training.</summary>
    public IEnumerable<(string Name, long[] Shape, float[] Values)> EncoderTensors()
    {
        float[] flat = new float[Layout.Length];
        Parameters.data<float>().CopyTo(flat, 0);
        foreach (ParameterSlot slot in Layout.Slots.Where(s => s.Name.StartsWith(_family.Prefix + ".", StringComparison.Ordinal)))
            yield return (slot.Name, slot.Shape, flat.AsSpan((int)slot.Offset, slot.Length).ToArray());
    }

    public Tensor Weight(string name) => _parameters[name];

    public Module<Tensor, Tensor> Linear(string module) => new BaseLinear(_parameters[module + ".weight"], _parameters[module + ".bias"]);

    public void Dispose()
    {
        foreach (Parameter parameter in _parameters.Values) parameter.Dispose();
        Parameters.Dispose();
        Gradient.Dispose();
    }

    private void Initialize(ulong seed)
    {
        var norms = _family.LayoutOf(_config).Norms.Select(n => n.Module).Append(TransformNorm).ToHashSet(StringComparer.Ordinal);
        float[] flat = new float[Layout.Length];
        int site = 0;
        foreach (ParameterSlot slot in Layout.Slots)
        {
            Span<float> values = flat.AsSpan((int)slot.Offset, slot.Length);
            if (norms.Contains(ModuleOf(slot.Name))) values.Fill(slot.Name.EndsWith(".weight", StringComparison.Ordinal) ? 1 : 0);
            else if (slot.Shape.Length > 1) new RandomStream(seed, RandomPurpose.BaseInit, 0, 0, site).FillNormal(values, 0, 0.02);
            site++;
        }
        using Tensor source = tensor(flat);
        Parameters.copy_(source);
    }

    private static string ModuleOf(string tensor) => tensor[..tensor.LastIndexOf('.')];
}

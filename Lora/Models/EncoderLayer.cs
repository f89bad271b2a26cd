using LoraCluster.Kernels;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraCluster.Models;

/// <summary>One layer of <see cref="TransformerEncoder"/>; shapes as there.</summary>
internal sealed class EncoderLayer
{
    private readonly EncoderConfig _config;
    private readonly IWeightSource _weights;
    private readonly DropoutContext _dropout;
    private readonly ScalarType _compute;
    private readonly int _index;
    private readonly bool _dropsAttentionOutput;
    private readonly string _attentionNorm, _outputNorm;
    private readonly Module<Tensor, Tensor> _query, _key, _value, _attentionOutput, _intermediate, _output;

    public EncoderLayer(EncoderFamily family, EncoderConfig config, IWeightSource weights, DropoutContext dropout, ScalarType compute,
        int index)
    {
        (_config, _weights, _dropout, _compute, _index, _dropsAttentionOutput) =
            (config, weights, dropout, compute, index, family.DropsAttentionOutput);
        Module<Tensor, Tensor> Linear(string path) => weights.Linear(ModelLayout.At(path, index));
        EncoderKeyMap k = family.Keys;
        (_query, _key, _value, _attentionOutput) = (Linear(k.Query), Linear(k.Key), Linear(k.Value), Linear(k.AttentionOutput));
        (_intermediate, _output) = (Linear(k.Intermediate), Linear(k.Output));
        (_attentionNorm, _outputNorm) = (ModelLayout.At(k.AttentionNorm, index), ModelLayout.At(k.OutputNorm, index));
    }

    public Tensor Forward(Tensor x_BTH, Tensor? mask_B11T, bool onlyFirst)
    {
        Tensor h_BTH = Cast(x_BTH);
        Tensor x_BQH = onlyFirst ? x_BTH.narrow(1, 0, 1) : x_BTH;
        Tensor attended_BQH = _attentionOutput.forward(Attend(onlyFirst ? h_BTH.narrow(1, 0, 1) : h_BTH, h_BTH, mask_B11T));
        if (_dropsAttentionOutput) attended_BQH = _dropout.Apply(attended_BQH, _config.HiddenDropout, DropoutSites.AttentionOutput(_index));
        x_BQH = TransformerEncoder.Norm(_weights, _attentionNorm, x_BQH.Plus(attended_BQH), _config);

        Tensor f_BQH = _output.forward(_config.Activation.Apply(_intermediate.forward(Cast(x_BQH))));
        f_BQH = _dropout.Apply(f_BQH, _config.HiddenDropout, DropoutSites.Output(_index));
        return TransformerEncoder.Norm(_weights, _outputNorm, x_BQH.Plus(f_BQH), _config);
    }

    private Tensor Attend(Tensor h_BQH, Tensor h_BTH, Tensor? mask_B11T)
    {
        long b = h_BTH.size(0), t = h_BTH.size(1), q = h_BQH.size(1), n = _config.Heads, d = _config.HeadSize;
        Tensor query_XQD = _query.forward(h_BQH).Times(1 / Math.Sqrt(d)).view(b, q, n, d).transpose(1, 2).reshape(b * n, q, d);
        Tensor key_XDT = _key.forward(h_BTH).view(b, t, n, d).permute(0, 2, 3, 1).reshape(b * n, d, t);
        Tensor value_XTD = _value.forward(h_BTH).view(b, t, n, d).transpose(1, 2).reshape(b * n, t, d);

        Tensor scores_XQT = query_XQD.bmm(key_XDT);
        if (mask_B11T is not null) scores_XQT.view(b, n, q, t).PlusInPlace(mask_B11T);
        Tensor p_XQT = _dropout.Apply(scores_XQT.softmax(-1), _config.AttentionDropout, DropoutSites.Attention(_index));
        return p_XQT.bmm(value_XTD).view(b, n, q, d).transpose(1, 2).reshape(b, q, n * d);
    }

    private Tensor Cast(Tensor x) => _compute == ScalarType.Float32 ? x : x.to_type(_compute);
}

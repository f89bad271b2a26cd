using System.Diagnostics.CodeAnalysis;
using LoraCluster.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Models;

/// <summary>An activation function by Hugging Face's name; a name that is not known is refused, never replaced.</summary>
public sealed class Activation
{
    private static readonly Dictionary<string, Func<Tensor, Tensor>> Known = new(StringComparer.Ordinal)
    {
        ["gelu"] = x => nn.functional.gelu(x),
        ["gelu_new"] = TanhGelu,
        ["gelu_fast"] = TanhGelu,
        ["gelu_pytorch_tanh"] = TanhGelu,
        ["gelu_python_tanh"] = TanhGelu,
        ["gelu_accurate"] = TanhGelu,
        ["gelu_10"] = GeluUpTo10,
        ["gelu_python"] = x => nn.functional.gelu(x),
        ["quick_gelu"] = x => x.mul(x.Times(1.702).sigmoid()),
        ["relu"] = x => nn.functional.relu(x),
        ["relu2"] = x => nn.functional.relu(x).Squared(),
        ["relu6"] = x => nn.functional.relu6(x),
        ["leaky_relu"] = x => nn.functional.leaky_relu(x, 0.01),
        ["silu"] = x => nn.functional.silu(x),
        ["swish"] = x => nn.functional.silu(x),
        ["hardswish"] = x => nn.functional.hardswish(x),
        ["laplace"] = Laplace,
        ["sqrtsoftplus"] = x => nn.functional.softplus(x, 1, 20).sqrt(),
        ["mish"] = x => nn.functional.mish(x),
        ["tanh"] = x => x.tanh(),
        ["sigmoid"] = x => x.sigmoid(),
        ["linear"] = x => x,
    };

    private readonly Func<Tensor, Tensor> _apply;

    private Activation(string name, Func<Tensor, Tensor> apply)
    {
        Name = name;
        _apply = apply;
    }

    /// <summary>The exact GELU (with erf), BERT's default.</summary>
    public static Activation Gelu { get; } = new("gelu", Known["gelu"]);

    /// <summary>max(x, 0).</summary>
    public static Activation Relu { get; } = new("relu", Known["relu"]);

    /// <summary>The hyperbolic tangent.</summary>
    public static Activation Tanh { get; } = new("tanh", Known["tanh"]);

    /// <summary>Names that are understood.</summary>
    public static IReadOnlyCollection<string> Names => Known.Keys;

    /// <summary>Hugging Face's name.</summary>
    public string Name { get; }

    /// <summary>Looks a name up.</summary>
    public static bool TryParse(string name, [NotNullWhen(true)] out Activation? activation)
    {
        activation = Known.TryGetValue(name, out Func<Tensor, Tensor>? apply) ? new Activation(name, apply) : null;
        return activation is not null;
    }

    /// <summary>The activation of every value; shape and dtype stay.</summary>
    public Tensor Apply(Tensor x) => _apply(x);

    /// <summary>The normal distribution function whose mean and deviation make it nearest to relu2 (Ma et al. 2022, "Mega").</summary>
    private static Tensor Laplace(Tensor x) =>
        x.PlusNumber(-0.707107).Times(1 / (0.282095 * Math.Sqrt(2))).erf().PlusNumber(1).Times(0.5);

    /// <summary>GELU within -10 and 10; it is never less than -0.2.</summary>
    private static Tensor GeluUpTo10(Tensor x)
    {
        using Scalar most = 10;
        return nn.functional.gelu(x).clamp_max(most);
    }

    private static Tensor TanhGelu(Tensor x) => x.gelu(TorchSharp.Modules.GELU.Approximate.tanh);
}

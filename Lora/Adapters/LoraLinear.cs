using LoraCluster.Kernels;
using LoraCluster.Models;
using LoraCluster.Randomness;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraCluster.Adapters;

/// <summary>
/// A drop-in for a linear layer (Hu et al. 2021): y = W x + b + s B A x, s = alpha / rank, with W frozen, A [rank, in] and B [out, rank]
/// trained. A starts Kaiming-uniform (a = sqrt 5, that is uniform in ±1/sqrt(in)) and B zero, so at first the layer is the one it replaces.
/// <see cref="Merge"/> and <see cref="Unmerge"/> are explicit; training mode never merges.
/// </summary>
public class LoraLinear : Module<Tensor, Tensor>, IAdapter
{
    private readonly double _dropoutProbability;
    private readonly DropoutContext? _sharedDropout;
    private readonly DropoutContext _ownDropout;
    private readonly int _site;
    private BaseLinear? _merged;
    private int _draws;

    /// <summary>An adapter on a base layer with given A and B.</summary>
    /// <param name="baseLayer">The frozen layer [out, in]; not owned.</param>
    /// <param name="a">fp32 [rank, in]; owned by this module from now on.</param>
    /// <param name="b">fp32 [out, rank]; owned by this module from now on.</param>
    /// <param name="scaling">s.</param>
    /// <param name="dropoutProbability">Dropout on the input of A while training, in [0, 1).</param>
    /// <param name="dropout">The replica's shared dropout state, or null for one of its own that follows <c>train()</c> and
    /// <c>eval()</c>.</param>
    /// <param name="site">Number of this dropout in the model.</param>
    public LoraLinear(BaseLinear baseLayer, Parameter a, Parameter b, double scaling, double dropoutProbability = 0,
        DropoutContext? dropout = null, int site = 0)
        : base(nameof(LoraLinear))
    {
        long rank = a.shape[0];
        if (a.dim() != 2 || b.dim() != 2 || b.shape[1] != rank || a.shape[1] != baseLayer.Weight.shape[1]
            || b.shape[0] != baseLayer.Weight.shape[0])
        {
            throw new ArgumentException($"A {ShapeText.Of(a.shape)} and B {ShapeText.Of(b.shape)} do not fit a layer of weight "
                + ShapeText.Of(baseLayer.Weight.shape));
        }
        (Base, A, B, Scaling, _dropoutProbability, _sharedDropout, _site) = (baseLayer, a, b, scaling, dropoutProbability, dropout, site);
        _ownDropout = new DropoutContext((ulong)site);
        register_parameter("lora_A", a);
        register_parameter("lora_B", b);
    }

    /// <summary>The layer below.</summary>
    protected BaseLinear Base { get; }

    /// <summary>fp32 [rank, in].</summary>
    public Parameter A { get; }

    /// <summary>fp32 [out, rank].</summary>
    public Parameter B { get; }

    /// <summary>s: alpha / rank, or as a variant has it.</summary>
    public double Scaling { get; }

    /// <summary>True between <see cref="Merge"/> and <see cref="Unmerge"/>.</summary>
    public bool IsMerged => _merged is not null;

    /// <summary>The weight in use, fp32 [out, in]: the base's own bits, or the merged sum.</summary>
    public Tensor Weight => (_merged ?? Base).Weight;

    /// <summary>Wraps a linear layer: the result can stand wherever the layer stood.</summary>
    /// <param name="linear">The layer; frozen by this call, not copied, and still the caller's to dispose.</param>
    /// <param name="rank">r, 1 or more.</param>
    /// <param name="alpha">Above 0.</param>
    /// <param name="dropout">Probability in [0, 1). Default 0.</param>
    /// <param name="seed">Seed of A and of the dropout. Default 0.</param>
    /// <exception cref="UserErrorException">Rank, alpha or dropout are not allowed; all faults are named.</exception>
    public static LoraLinear FromLinear(Linear linear, int rank, double alpha, double dropout = 0, ulong seed = 0)
    {
        var config = new LoraConfig { Rank = rank, Alpha = alpha, Dropout = dropout };
        if (config.Faults() is { Count: > 0 } faults) throw new UserErrorException(string.Join("\n", faults));
        linear.weight.requires_grad = false;
        if (linear.bias is not null) linear.bias.requires_grad = false;
        (long outputs, long inputs) = (linear.weight.shape[0], linear.weight.shape[1]);
        Tensor a = zeros([rank, inputs]);
        TensorMemory.Write<float>(a, values =>
            AdapterInitializer.FillA(AdapterInitialization.KaimingUniform, values, [rank, inputs],
                new RandomStream(seed, RandomPurpose.AdapterInit, 0, 0, 0)));
        return new LoraLinear(new BaseLinear(linear.weight, linear.bias), new Parameter(a.to(linear.weight.device)),
            new Parameter(zeros([outputs, rank], device: linear.weight.device)), config.Scaling, dropout, null, (int)(seed & 0x7fffffff));
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => _merged is null ? Adapt(input) : _merged.forward(input);

    /// <summary>What merging adds to the base weight and unmerging takes back, fp32 [out, in]. The caller disposes it.</summary>
    public virtual Tensor DeltaWeight() => LowRankWeight();

    /// <summary>Folds the adapter into a copy of the base weight, which then serves alone. The base itself is not changed.</summary>
    /// <exception cref="InvalidOperationException">It is merged already.</exception>
    public void Merge()
    {
        if (_merged is not null) throw new InvalidOperationException("this layer is merged already");
        using var _ = no_grad();
        _merged = Base.OnWeight(MergedWeight().DetachFromDisposeScope());
    }

    /// <summary>Goes back to the base's exact bits and the adapter beside it.</summary>
    /// <exception cref="InvalidOperationException">It is not merged.</exception>
    public void Unmerge()
    {
        if (_merged is null) throw new InvalidOperationException("this layer is not merged");
        _merged.Weight.Dispose();
        _merged.Dispose();
        _merged = null;
    }

    /// <summary>The adapted layer's result, not merged: [..., in] to [..., out] in the base layer's precision.</summary>
    protected virtual Tensor Adapt(Tensor input)
    {
        Tensor y = Base.forward(input);
        if (is_grad_enabled()) return AddLowRank(y, Drop(input.to_type(Base.ComputeType)));
        AddLowRankInPlace(y, Drop(input.to_type(Base.ComputeType)));
        return y;
    }

    /// <summary>The weight that gives the adapter's result by itself, fp32 [out, in], without gradient. The caller disposes it.</summary>
    protected virtual Tensor MergedWeight()
    {
        using var _ = no_grad();
        using Tensor delta = LowRankWeight();
        return Base.Weight.Plus(delta);
    }

    /// <summary>s B A, fp32 [out, in], without gradient. The caller disposes it.</summary>
    protected Tensor LowRankWeight() => LowRankUpdate.Of(B, A, Scaling);

    /// <summary>y + s B A x.</summary>
    /// <param name="y">[..., out].</param>
    /// <param name="x">[..., in], of the precision of <paramref name="y"/>.</param>
    protected Tensor AddLowRank(Tensor y, Tensor x)
    {
        ScalarType compute = Base.ComputeType;
        Tensor low_Rr = x.reshape(-1, x.size(-1)).mm(A.to_type(compute).t());
        return addmm(y.view(-1, y.size(-1)), low_Rr, B.to_type(compute).t(), 1, (float)Scaling).view(y.shape);
    }

    /// <summary>y += s B A x, where no gradient is wanted: the same product without a copy of y, for a few rows in evaluation mode in one
    /// pass.</summary>
    private void AddLowRankInPlace(Tensor y, Tensor x)
    {
        // Training and what is measured in it keep one arithmetic; in use, the last bits may be those of the faster way.
        bool isTraining = _sharedDropout?.Training ?? training;
        if (!isTraining && LowRankProduct.TryAdd(y, x, A, B, (float)Scaling)) return;
        ScalarType compute = Base.ComputeType;
        Tensor low_Rr = x.reshape(-1, x.size(-1)).mm(A.to_type(compute).t());
        y.view(-1, y.size(-1)).addmm_(low_Rr, B.to_type(compute).t(), 1, (float)Scaling);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && _merged is not null) Unmerge();
        base.Dispose(disposing);
    }

    /// <summary>The input of A with this site's dropout; the same tensor if there is nothing to drop.</summary>
    protected Tensor Drop(Tensor x)
    {
        if (_sharedDropout is not null) return _sharedDropout.Apply(x, _dropoutProbability, _site);
        if (!training) return x;
        _ownDropout.BeginTraining(_draws++, 0);
        return _ownDropout.Apply(x, _dropoutProbability, _site);
    }
}

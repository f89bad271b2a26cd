using LoraCluster.Adapters;
using LoraCluster.Kernels;
using LoraCluster.Models;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoraCluster.Tests.Unit.Adapters;

public sealed class DoraLinearTests
{
    private const double Scaling = 1.5, Probability = 0.25;
    private const int Site = 3;

    private static (BaseLinear Layer, DoraLinear Dora) Make(DropoutContext? dropout = null)
    {
        var layer = new BaseLinear(randn([5, 6]), randn([5]));
        var dora = new DoraLinear(layer, new Parameter(randn([2, 6])), new Parameter(randn([5, 2])), new Parameter(rand([5])), Scaling,
            Probability, dropout, Site);
        return (layer, dora);
    }

    private static Tensor Direction(BaseLinear layer, DoraLinear dora) =>
        layer.Weight.detach().Plus(dora.B.detach().mm(dora.A.detach()).Times(Scaling));

    [Fact]
    public void Merged_and_not_it_is_the_normalised_direction_times_the_magnitude()
    {
        using var scope = NewDisposeScope();
        (BaseLinear layer, DoraLinear dora) = Make(new DropoutContext(1));
        byte[] before = layer.Weight.bytes.ToArray();
        Tensor v = Direction(layer, dora), w = v.mul(dora.Magnitude.detach().unsqueeze(1)).div(v.square().sum(1).sqrt().unsqueeze(1));
        Tensor x = randn([3, 4, 6]), expected = nn.functional.linear(x, w, layer.Bias);

        Same(expected, dora.forward(x));
        dora.Merge();
        Same(w, dora.Weight);
        Same(expected, dora.forward(x));
        dora.Unmerge();
        Assert.Equal(before, dora.Weight.bytes.ToArray());
        Same(w.Plus(layer.Weight.neg()), dora.DeltaWeight());
    }

    [Fact]
    public void Dropout_touches_the_change_alone_and_the_norm_takes_no_gradient()
    {
        using var scope = NewDisposeScope();
        var dropout = new DropoutContext(7);
        (BaseLinear layer, DoraLinear dora) = Make(dropout);
        dropout.BeginTraining(2, 1);
        Tensor x = randn([4, 6]), dropped = CounterDropout.Apply(x, Probability, new DropoutKey(7, 2, 1, Site));
        Parameter a = Copy(dora.A), b = Copy(dora.B), m = Copy(dora.Magnitude);
        Tensor gain = m.div(Direction(layer, dora).square().sum(1).sqrt());
        Tensor frozen = nn.functional.linear(dropped, layer.Weight), low = dropped.mm(a.t()).mm(b.t()).Times(Scaling);
        Tensor expected = nn.functional.linear(x, layer.Weight, layer.Bias).Plus(gain.mul(frozen.Plus(low))).Plus(frozen.neg());

        Tensor actual = dora.forward(x);
        Same(expected, actual);
        expected.square().sum().backward();
        actual.square().sum().backward();
        Same(a.grad!, dora.A.grad!);
        Same(b.grad!, dora.B.grad!);
        Same(m.grad!, dora.Magnitude.grad!);
    }

    private static Parameter Copy(Parameter p) => new(p.detach().clone());

    private static void Same(Tensor expected, Tensor actual)
    {
        float[] e = expected.detach().contiguous().data<float>().ToArray(), a = actual.detach().contiguous().data<float>().ToArray();
        Assert.Equal(e.Length, a.Length);
        Assert.All(e.Zip(a), p => Assert.Equal(p.First, p.Second, 2e-5f * Math.Max(1, Math.Abs(p.First))));
    }
}

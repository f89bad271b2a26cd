using LoraCluster.Adapters;
using LoraCluster.Kernels;
using LoraCluster.Models;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoraCluster.Tests.Unit.Adapters;

public sealed class LoraLinearTests
{
    [Fact]
    public void It_is_a_drop_in_that_starts_as_the_layer_it_replaces()
    {
        using var linear = nn.Linear(6, 5);
        using LoraLinear lora = LoraLinear.FromLinear(linear, rank: 2, alpha: 4);
        using Tensor x = randn([3, 7, 6]);
        using Tensor expected = linear.forward(x), actual = lora.forward(x);
        Assert.Equal(expected.data<float>().ToArray(), actual.data<float>().ToArray());
        Assert.False(linear.weight!.requires_grad);
        Assert.Equal(["lora_A", "lora_B"], lora.named_parameters().Select(p => p.name).Order());
        Assert.All(lora.A.data<float>().ToArray(), a => Assert.InRange(a, -1 / MathF.Sqrt(6), 1 / MathF.Sqrt(6)));
        Assert.NotEqual(0, lora.A.data<float>().ToArray().Max());
    }

    [Fact]
    public void It_computes_wx_plus_b_plus_scaled_bax_and_merging_a_hundred_times_leaves_the_base_s_bits()
    {
        using var linear = nn.Linear(6, 5);
        using LoraLinear lora = LoraLinear.FromLinear(linear, rank: 2, alpha: 3);
        using (no_grad())
        using (Tensor b = randn([5, 2]))
            lora.B.copy_(b);
        byte[] before = linear.weight!.bytes.ToArray();
        using Tensor x = randn([4, 6]), delta = lora.DeltaWeight();
        float[] a = lora.A.data<float>().ToArray(), bValues = lora.B.data<float>().ToArray();
        Assert.Equal(1.5f * (bValues[0] * a[0] + bValues[1] * a[6]), delta.data<float>()[0], 1e-6f);

        using Tensor unmerged = lora.forward(x);
        for (int i = 0; i < 100; i++)
        {
            lora.Merge();
            using Tensor merged = lora.forward(x);
            Assert.All(unmerged.data<float>().ToArray().Zip(merged.data<float>().ToArray()), p => Assert.Equal(p.First, p.Second, 1e-5f));
            lora.Unmerge();
        }
        Assert.Equal(before, linear.weight!.bytes.ToArray());
        using Tensor after = lora.forward(x);
        Assert.Equal(unmerged.data<float>().ToArray(), after.data<float>().ToArray());
        Assert.Throws<InvalidOperationException>(lora.Unmerge);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(66)]
    public void Without_gradients_the_bits_are_those_of_training(int rows)
    {
        using BaseLayer layer = new();
        using LoraLinear lora = layer.Adapted();
        using Tensor x = randn([rows, 48]);
        using Tensor trained = lora.forward(x);
        using (no_grad())
        using (Tensor used = lora.forward(x))
            Assert.Equal(trained.data<float>().ToArray(), used.data<float>().ToArray());
        Assert.True(trained.requires_grad);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(66)]
    public void In_use_a_few_rows_have_the_same_numbers_to_rounding(int rows)
    {
        using BaseLayer layer = new();
        using LoraLinear lora = layer.Adapted();
        lora.eval();
        using Tensor x = randn([rows, 48]);
        using Tensor expected = lora.forward(x).detach();
        using var _ = no_grad();
        using Tensor used = lora.forward(x);
        float[] wanted = expected.data<float>().ToArray(), given = used.data<float>().ToArray();
        for (int i = 0; i < wanted.Length; i++) Assert.Equal(wanted[i], given[i], 1e-5f * (1 + Math.Abs(wanted[i])));
    }

    [Fact]
    public void A_merged_layer_computes_as_its_base_does_packed_where_that_is()
    {
        using BaseLayer layer = new();
        using LoraLinear lora = layer.Adapted();
        lora.Merge();
        using FrozenLinear loaded = FrozenLinear.Create(lora.Weight, layer.Bias);
        using Tensor x = randn([5, 48]);
        using var _ = no_grad();
        using Tensor expected = loaded.Forward(x), actual = lora.forward(x);
        Assert.Equal(expected.data<float>().ToArray(), actual.data<float>().ToArray());
        lora.Unmerge();
    }

    /// <summary>A frozen layer on a packed weight, as a base model has them.</summary>
    private sealed class BaseLayer : IDisposable
    {
        private readonly Tensor _weight = randn([40, 48]);
        private readonly FrozenLinear _frozen;
        private readonly BaseLinear _layer;

        public BaseLayer() => _layer = new BaseLinear(_frozen = FrozenLinear.Create(_weight, Bias), _weight, Bias);

        public Tensor Bias { get; } = randn([40]);

        public LoraLinear Adapted()
        {
            using Tensor a = randn([4, 48]), b = randn([40, 4]);
            return new LoraLinear(_layer, new Parameter(a), new Parameter(b), scaling: 0.5);
        }

        public void Dispose()
        {
            _layer.Dispose();
            _frozen.Dispose();
            _weight.Dispose();
            Bias.Dispose();
        }
    }

    [Fact]
    public void Training_mode_drops_inputs_of_a_and_never_merges()
    {
        using var linear = nn.Linear(64, 3);
        using LoraLinear lora = LoraLinear.FromLinear(linear, rank: 2, alpha: 2, dropout: 0.5, seed: 1);
        using (no_grad())
        using (Tensor b = ones([3, 2]))
            lora.B.copy_(b);
        using Tensor x = ones([1, 64]);
        float[] Forward()
        {
            using Tensor y = lora.forward(x);
            return y.data<float>().ToArray();
        }
        lora.eval();
        Assert.Equal(Forward(), Forward());
        lora.train();
        Assert.NotEqual(Forward(), Forward());
        Assert.False(lora.IsMerged);
    }

    [Fact]
    public void Faults_are_named_together()
    {
        using var linear = nn.Linear(2, 2);
        var error = Assert.Throws<UserErrorException>(() => LoraLinear.FromLinear(linear, rank: 0, alpha: double.NaN, dropout: 1));
        Assert.Contains("rank is 0", error.Message, StringComparison.Ordinal);
        Assert.Contains("alpha is NaN", error.Message, StringComparison.Ordinal);
        Assert.Contains("dropout is 1", error.Message, StringComparison.Ordinal);
    }
}

using BenchmarkDotNet.Attributes;
using LoraCluster.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Solo;

/// <summary>A frozen linear layer with the gradient of its input: packed weights against plain autograd.</summary>
public class LinearBenchmarks
{
    private Tensor _x = null!, _weight = null!, _bias = null!, _gradient = null!;
    private FrozenLinear _frozen = null!;

    /// <summary>Rows, inputs and outputs.</summary>
    [Params("448x384x384", "448x384x1536", "448x768x3072")]
    public string Shape { get; set; } = "";

    /// <summary>fp32 or bf16.</summary>
    [Params(ScalarType.Float32, ScalarType.BFloat16)]
    public ScalarType Dtype { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        long[] n = [.. Shape.Split('x').Select(s => long.Parse(s, System.Globalization.CultureInfo.InvariantCulture))];
        _x = randn([n[0], n[1]]).to_type(Dtype).requires_grad_(true);
        _weight = randn([n[2], n[1]]).to_type(Dtype);
        _bias = randn([n[2]]).to_type(Dtype);
        _gradient = randn([n[0], n[2]]).to_type(Dtype);
        _frozen = FrozenLinear.Create(_weight, _bias, Dtype);
    }

    [Benchmark(Baseline = true)]
    public void Plain() => Run(nn.functional.linear(_x, _weight, _bias));

    [Benchmark]
    public void Packed() => Run(_frozen.Forward(_x));

    private void Run(Tensor y)
    {
        using (y)
        {
            y.backward([_gradient]);
            _x.grad!.Dispose();
            _x.grad = null;
        }
    }
}

using BenchmarkDotNet.Attributes;
using LoraCluster.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Solo;

/// <summary>Dropout of 32 x 14 x 384 values: from a counter against the generator's.</summary>
public class DropoutBenchmarks
{
    private Tensor _x = null!;

    /// <summary>fp32 or bf16.</summary>
    [Params(ScalarType.Float32, ScalarType.BFloat16)]
    public ScalarType Dtype { get; set; }

    [GlobalSetup]
    public void Setup() => _x = randn([32, 14, 384]).to_type(Dtype);

    [Benchmark(Baseline = true)]
    public void Generator() => nn.functional.dropout(_x, 0.1, true).Dispose();

    [Benchmark]
    public void Counter() => CounterDropout.Apply(_x, 0.1, new DropoutKey(0, 1, 2, 3)).Dispose();
}

/// <summary>AdamW on one flat vector: fused against the plain sequence of operations.</summary>
public class AdamWBenchmarks
{
    private Tensor _parameters = null!, _gradient = null!, _first = null!, _second = null!;

    /// <summary>Values of the flat vector: the adapters of DistilBERT at rank 8, and with its head.</summary>
    [Params(147_456, 739_586)]
    public int Length { get; set; }

    [GlobalSetup]
    public void Setup() => (_parameters, _gradient, _first, _second) = (randn([Length]), randn([Length]), zeros([Length]), zeros([Length]));

    [Benchmark(Baseline = true)]
    public void Plain()
    {
        using var scope = NewDisposeScope();
        FusedAdamW.Plain(_parameters, _gradient, _first, _second, 1, 1e-3, 0.9, 0.999, 1e-8, 0.01);
    }

    [Benchmark]
    public void Fused() => FusedAdamW.Step(_parameters, _gradient, _first, _second, 1, 1e-3, 0.9, 0.999, 1e-8, 0.01);
}

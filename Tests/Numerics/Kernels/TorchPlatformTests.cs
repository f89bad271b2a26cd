using LoraCluster.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Tests.Numerics.Kernels;

/// <summary>Facts about libtorch and the runtime that the kernels rest on.</summary>
public sealed class TorchPlatformTests
{
    [Fact]
    public void A_running_thread_keeps_its_number_of_threads_until_it_sets_its_own()
    {
        int before = TorchThreads.Current, first = 0, seen = 0, own = 0;
        using var running = new ManualResetEventSlim();
        using var changed = new ManualResetEventSlim();
        var other = new Thread(() =>
        {
            first = TorchThreads.Current;
            running.Set();
            changed.Wait(TimeSpan.FromSeconds(30));
            seen = TorchThreads.Current;
            TorchThreads.Set(first + 2);
            own = TorchThreads.Current;
        });
        other.Start();
        Assert.True(running.Wait(TimeSpan.FromSeconds(30)));
        TorchThreads.Set(first + 1);
        changed.Set();
        bool ended = other.Join(TimeSpan.FromSeconds(30));
        TorchThreads.Set(before);
        Assert.True(ended);
        Assert.Equal((first, first + 2), (seen, own));
        Assert.Throws<ArgumentOutOfRangeException>(() => TorchThreads.Set(0));
    }

    [Fact]
    public unsafe void Both_ways_to_a_tensors_memory_lead_to_one_address()
    {
        using var scope = NewDisposeScope();
        Tensor x = arange(100, dtype: float32), part = x.narrow(0, 7, 20);
        Assert.Equal((nint)RawTensor.AddressByTorchSharp(part), (nint)RawTensor.Address(part, ScalarType.Float32, out long count));
        Assert.Equal(20, count);
        Assert.Equal(7, ((float*)RawTensor.AddressByTorchSharp(part))[0]);
        Assert.Throws<ArgumentException>(() => RawTensor.Floats(x.to(float64)));
        Assert.Throws<ArgumentException>(() => RawTensor.Floats(x.view(10, 10).t()));
    }

    [Fact]
    public void Loops_on_libtorchs_threads_live_with_the_garbage_collector()
    {
        using Tensor x = randn(400_000);
        var key = new DropoutKey(1, 2, 3, 4);
        using Tensor expected = CounterDropout.Apply(x, 0.1, key);
        var faults = new Exception?[2];
        var threads = Enumerable.Range(0, faults.Length).Select(index => new Thread(() =>
        {
            try
            {
                TorchThreads.Set(2);
                for (int i = 0; i < 150; i++)
                {
                    using Tensor y = CounterDropout.Apply(x, 0.1, key);
                    if (i % 5 == 0) GC.Collect();
                    Assert.True(expected.bytes.SequenceEqual(y.bytes));
                }
            }
            catch (Exception e)
            {
                faults[index] = e;
            }
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => Assert.True(t.Join(TimeSpan.FromSeconds(60)), "a thread did not finish in a minute"));
        Assert.All(faults, Assert.Null);
    }
}

using LoraCluster.Client.Training;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Runs;
using LoraCluster.Training;

namespace LoraCluster.Tests.Unit.Client;

public sealed class PlacementTests
{
    [Theory]
    [InlineData(1, 4, null, 1, 4)]
    [InlineData(2, 4, null, 2, 4)]
    [InlineData(6, 4, null, 4, 4)]
    [InlineData(2, 4, 3, 3, 2)]
    [InlineData(1, 2, 4, 4, 1)]
    [InlineData(1, 1, 4, 4, 1)]
    public void Trainers_and_threads_follow_the_silos(int silos, int threads, int? asked, int trainers, int threadsPerTrainer)
    {
        var placement = Placement.Of(Request(asked), [.. Enumerable.Range(1, silos).Select(i => FakeCluster.Node($"silo-{i}", threads))]);
        Assert.Equal((trainers, threadsPerTrainer), (placement.Trainers, placement.ThreadsPerTrainer));
        Assert.Empty(placement.Faults);
    }

    [Fact]
    public void The_smallest_silo_decides_the_threads() =>
        Assert.Equal(2, Placement.Of(Request(), [FakeCluster.Node("silo-1", 8), FakeCluster.Node("silo-2", 2)]).ThreadsPerTrainer);

    [Fact]
    public void Only_silos_that_can_train_together_count()
    {
        NodeStatus[] nodes =
        [
            FakeCluster.Node("silo-1") with { Device = "cuda:0", KernelRoute = "plain" },
            FakeCluster.Node("silo-2") with { Device = "cuda:1", KernelRoute = "plain" },
            FakeCluster.Node("silo-3"),
        ];
        Assert.Equal(2, Placement.Of(Request(), nodes).Trainers);
    }

    [Fact]
    public void A_silo_without_equal_bits_counts_only_where_it_may()
    {
        NodeStatus[] nodes = [FakeCluster.Node("silo-1", equalBits: false), FakeCluster.Node("silo-2", equalBits: false)];
        Assert.Contains("no silo passes the self-test", Assert.Single(Placement.Of(Request(), nodes).Faults), StringComparison.Ordinal);
        Assert.Empty(Placement.Of(Request(equalBits: false), nodes).Faults);
        Assert.Equal(1, Placement.Of(Request(), [.. nodes, FakeCluster.Node("silo-3")]).Trainers);
    }

    [Fact]
    public void More_threads_than_a_silo_has_are_refused() =>
        Assert.Contains("threads-per-trainer is 5; allowed is at most a silo's threads, 4 on silo-1",
            Assert.Single(Placement.Of(Request(threads: 5), [FakeCluster.Node("silo-1")]).Faults), StringComparison.Ordinal);

    private static TrainingRequest Request(int? trainers = null, int? threads = null, bool equalBits = true) => new(
        new TrainingOptions(), new RunSpec { ModelPath = "m", DatasetPath = "d", RequireEqualBits = equalBits }, trainers, threads, []);
}

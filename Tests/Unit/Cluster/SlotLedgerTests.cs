using LoraCluster.Grains;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Scheduling;

namespace LoraCluster.Tests.Unit.Cluster;

public sealed class SlotLedgerTests
{
    private readonly SlotLedger _ledger = new([], []);

    private static NodeStatus Node(string name, int slots = 4, int threads = 2, string route = "packed", bool equalBits = true) => new()
    {
        Name = name, Address = name, Device = "cpu", Threads = threads, Slots = slots, SlotsUsed = 0, KernelRoute = route,
            EqualBits = equalBits,
    };

    [Fact]
    public void Trainers_are_spread_over_the_silos()
    {
        _ledger.Enqueue(new SlotRequest("a", 3, 1, true));
        Assert.Equal(["s1", "s2", "s1"], _ledger.TryGrant([Node("s1"), Node("s2")])!.Silos);
        _ledger.Enqueue(new SlotRequest("b", 2, 1, true));
        Assert.Equal(["s2", "s1"], _ledger.TryGrant([Node("s1"), Node("s2")])!.Silos);
    }

    [Fact]
    public void Nobody_overtakes_the_first_in_the_queue()
    {
        _ledger.Enqueue(new SlotRequest("large", 5, 1, true));
        _ledger.Enqueue(new SlotRequest("small", 1, 1, true));
        NodeStatus[] nodes = [Node("s1")];
        Assert.Null(_ledger.TryGrant(nodes));
        Assert.Equal("waits for 5 free trainer slots: 4 are usable now, of 4 on 1 silos", _ledger.ReasonOf("large", nodes));
        Assert.Equal("waits for its turn: place 2 in the queue", _ledger.ReasonOf("small", nodes));
        Assert.True(_ledger.Release("large"));
        Assert.Equal("small", _ledger.TryGrant(nodes)!.RunId);
    }

    [Fact]
    public void A_silo_takes_only_trainers_with_the_same_number_of_threads_at_a_time()
    {
        _ledger.Enqueue(new SlotRequest("one", 1, 1, true));
        _ledger.Enqueue(new SlotRequest("two", 1, 2, true));
        NodeStatus[] nodes = [Node("s1")];
        Assert.NotNull(_ledger.TryGrant(nodes));
        Assert.Null(_ledger.TryGrant(nodes));
        Assert.Contains("s1 runs one with 1 threads a trainer", _ledger.ReasonOf("two", nodes), StringComparison.Ordinal);
        Assert.Equal(["s2"], _ledger.TryGrant([Node("s1"), Node("s2")])!.Silos);
    }

    [Fact]
    public void Trainers_of_one_run_share_a_kernel_route_and_pass_the_self_test()
    {
        _ledger.Enqueue(new SlotRequest("a", 6, 1, true));
        NodeStatus[] nodes = [Node("s1"), Node("s2", route: "plain"), Node("s3", equalBits: false)];
        Assert.Null(_ledger.TryGrant(nodes));
        Assert.Contains("s3 did not pass the self-test of equal bits", _ledger.ReasonOf("a", nodes), StringComparison.Ordinal);
        Assert.Equal(["s1", "s4"], _ledger.TryGrant([.. nodes, Node("s4")])!.Silos.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_silo_that_drains_takes_no_trainers()
    {
        _ledger.Enqueue(new SlotRequest("a", 2, 1, true));
        NodeStatus draining = Node("s1") with { IsDraining = true };
        Assert.Null(_ledger.TryGrant([draining]));
        Assert.Contains("s1 drains", _ledger.ReasonOf("a", [draining]), StringComparison.Ordinal);
        Assert.Equal(["s2", "s2"], _ledger.TryGrant([draining, Node("s2")])!.Silos);
    }

    [Fact]
    public void The_queue_is_bounded_and_queuing_twice_changes_nothing()
    {
        for (int k = 0; k < SlotLedger.MaxQueued; k++) Assert.True(_ledger.Enqueue(new SlotRequest($"r{k}", 1, 1, true)));
        Assert.False(_ledger.Enqueue(new SlotRequest("r5", 1, 1, true)));
        Assert.Throws<ClusterRequestException>(() => _ledger.Enqueue(new SlotRequest("more", 1, 1, true)));
    }

    [Fact]
    public void Only_silos_that_were_asked_for_are_taken_and_one_that_is_not_there_is_named()
    {
        _ledger.Enqueue(new SlotRequest("a", 2, 1, false, ["s2", "s9"]));
        Assert.Equal(["s2", "s2"], _ledger.TryGrant([Node("s1"), Node("s2")])!.Silos);
        _ledger.Enqueue(new SlotRequest("b", 3, 1, false, ["s2", "s9"]));
        Assert.Null(_ledger.TryGrant([Node("s1"), Node("s2")]));
        Assert.Equal("waits for 3 free trainer slots: 2 are usable now, of 4 on 1 silos (s9 is not there)",
            _ledger.ReasonOf("b", [Node("s1"), Node("s2")]));
    }

    [Fact]
    public void A_silo_of_its_own_is_waited_for_until_it_is_empty_and_nobody_else_is_placed_there()
    {
        NodeStatus[] nodes = [Node("s1"), Node("s2", route: "plain")];
        _ledger.Enqueue(new SlotRequest("run", 1, 1, false, ["s1"]));
        _ledger.TryGrant(nodes);
        _ledger.Enqueue(new SlotRequest("bench", 2, 2, false, [], Exclusive: true));
        Assert.Null(_ledger.TryGrant(nodes));
        Assert.Equal("waits for 2 silos of its own: 1 are free now, of 2 (s1 runs run)", _ledger.ReasonOf("bench", nodes));
        _ledger.Release("run");
        NodeStatus[] working = [nodes[0], nodes[1] with { PiecesOfWork = 1 }];
        Assert.Null(_ledger.TryGrant(working));
        Assert.Contains("1 are free now, of 2 (s2 still merges, checks or answers)", _ledger.ReasonOf("bench", working),
            StringComparison.Ordinal);
        SlotLease lease = _ledger.TryGrant(nodes)!;
        Assert.Equal(["s1", "s2"], lease.Silos);
        Assert.Equal([4, 4], nodes.Select(lease.SlotsOn));

        _ledger.Enqueue(new SlotRequest("next", 1, 2, false));
        Assert.Null(_ledger.TryGrant(nodes));
        Assert.Contains("s1 is held by bench alone; s2 is held by bench alone", _ledger.ReasonOf("next", nodes),
            StringComparison.Ordinal);
        Assert.Equal("next", _ledger.TryGrant([.. nodes, Node("s3")])!.RunId);
    }
}

using CsCheck;
using LoraCluster.Grains.Collectives;
using LoraCluster.Training;

namespace LoraCluster.Tests.Unit.Cluster;

/// <summary>Drives the coordinator's own class with simulated trainers over a network that delays, reorders and repeats messages.</summary>
public sealed class CoordinatorSimulationTests
{
    private const ulong Layout = 42;

    [Fact]
    public void Any_order_with_repeats_gives_every_trainer_the_canonical_sum() =>
        Gen.Select(Gen.Int[1, 9], Gen.Int[1, 20], Gen.Int[1, 3], Gen.UInt).Sample((world, leaves, chunks, seed) =>
            new Simulation(world, Math.Max(leaves, 1), chunks, steps: 4, new Random((int)seed)).Run(), iter: 400);

    [Fact]
    public void Thousands_of_trainers() => new Simulation(world: 3_000, leaves: 4_096, chunks: 2, steps: 2, new Random(1)).Run();

    [Fact]
    public void An_incomplete_batch_leaves_some_trainers_without_work_and_all_with_the_sum() =>
        new Simulation(world: 8, leaves: 3, chunks: 2, steps: 3, new Random(2)).Run();

    [Fact]
    public void Messages_of_another_membership_layout_or_worker_change_nothing()
    {
        (AllReduceCoordinator coordinator, List<CoordinatorOutput> outputs) = Start(world: 2);
        Contribution good = Part(worker: 0, step: 0, value: 1);
        Contribution[] bad =
        [
            good with { Membership = 2 }, good with { Worker = 2 }, good with { Worker = -1 }, good with { LayoutHash = 1 },
            good with { Chunk = 1 },
            good with { Chunks = 2 }, good with { Step = 1 }, good with { StateHashes = [] }, good with { Nodes = [] },
            good with { Leaves = 0, Nodes = [] }, good with { Nodes = [(new TreeNode(0, 1), new GradientSum([1, 1], 0, 1, 0))] },
            good with { Nodes = [(new TreeNode(0, 0), new GradientSum([1], 0, 1, 0))] },
        ];
        foreach (Contribution part in bad) coordinator.Contribute(part, 9, TimeSpan.Zero, outputs);
        Assert.Equal(bad.Length, outputs.OfType<CoordinatorOutput.Refusal>().Count());
        outputs.Clear();
        coordinator.Contribute(good, 1, TimeSpan.Zero, outputs);
        coordinator.Contribute(Part(worker: 1, step: 0, value: 2) with { Leaves = 3 }, 3, TimeSpan.Zero, outputs);
        Assert.Contains("nodes of", Assert.IsType<CoordinatorOutput.Refusal>(Assert.Single(outputs)).Reason, StringComparison.Ordinal);
        outputs.Clear();
        coordinator.Contribute(Part(worker: 1, step: 0, value: 2), 2, TimeSpan.Zero, outputs);
        var reply = Assert.IsType<CoordinatorOutput.Reply>(Assert.Single(outputs));
        Assert.Equal([3f, 3f], reply.Chunk.Sum.Gradient);
        Assert.Equal([1, 2], reply.Tickets);
    }

    [Fact]
    public void A_late_repeat_of_the_step_before_gets_the_same_answer_and_an_older_one_is_refused()
    {
        (AllReduceCoordinator coordinator, List<CoordinatorOutput> outputs) = Start(world: 2);
        for (int step = 0; step < 2; step++)
            for (int worker = 0; worker < 2; worker++)
                coordinator.Contribute(Part(worker, step, 1), 10 * step + worker, TimeSpan.Zero, outputs);
        outputs.Clear();
        coordinator.Contribute(Part(0, 0, 99), 100, TimeSpan.Zero, outputs);
        Assert.Equal([2f, 2f], Assert.IsType<CoordinatorOutput.Reply>(outputs[0]).Chunk.Sum.Gradient);
        coordinator.Contribute(Part(0, 2, 1), 101, TimeSpan.Zero, outputs);
        coordinator.Contribute(Part(0, 0, 1), 102, TimeSpan.Zero, outputs);
        Assert.IsType<CoordinatorOutput.Refusal>(outputs[^1]);
    }

    [Fact]
    public void All_trainers_stop_at_the_step_of_the_directive()
    {
        (AllReduceCoordinator coordinator, List<CoordinatorOutput> outputs) = Start(world: 2);
        coordinator.Contribute(Part(0, 0, 1), 1, TimeSpan.Zero, outputs);
        Assert.True(coordinator.Direct(RunDirective.Pause));
        coordinator.Contribute(Part(1, 0, 1), 2, TimeSpan.Zero, outputs);
        var reply = Assert.IsType<CoordinatorOutput.Reply>(Assert.Single(outputs));
        Assert.Equal(RunDirective.Pause, reply.Chunk.Directive);
        Assert.False(coordinator.Direct(RunDirective.Cancel));
        coordinator.Contribute(Part(0, 1, 1), 3, TimeSpan.Zero, outputs);
        Assert.IsType<CoordinatorOutput.Refusal>(outputs[^1]);
        for (int worker = 0; worker < 2; worker++)
            coordinator.Contribute(Part(worker, 1, 1) with { Leaves = 0, Nodes = [] }, 4 + worker, TimeSpan.Zero, outputs);
        Assert.IsType<CoordinatorOutput.Reply>(outputs[^1]);
    }

    [Fact]
    public void After_the_last_step_nothing_can_be_directed_any_more()
    {
        (AllReduceCoordinator coordinator, List<CoordinatorOutput> outputs) = Start(world: 1, steps: 1);
        Assert.True(coordinator.Direct(RunDirective.Continue));
        coordinator.Contribute(Part(0, 0, 1, world: 1), 1, TimeSpan.Zero, outputs);
        Assert.IsType<CoordinatorOutput.Reply>(Assert.Single(outputs));
        Assert.False(coordinator.Direct(RunDirective.Cancel));
    }

    [Fact]
    public void Trainers_that_stop_early_only_compare_their_states_after_that_step()
    {
        (AllReduceCoordinator coordinator, List<CoordinatorOutput> outputs) = Start(world: 1, steps: 9);
        coordinator.Contribute(Part(0, 0, 1, world: 1), 1, TimeSpan.Zero, outputs);
        coordinator.Contribute(Part(0, 1, 1, world: 1) with { Leaves = 0, Nodes = [] }, 2, TimeSpan.Zero, outputs);
        Assert.IsType<CoordinatorOutput.Refusal>(outputs[^1]);
        coordinator.EndAfter(1);
        Assert.False(coordinator.Direct(RunDirective.Pause));
        coordinator.Contribute(Part(0, 1, 1, world: 1), 3, TimeSpan.Zero, outputs);
        Assert.IsType<CoordinatorOutput.Refusal>(outputs[^1]);
        coordinator.Contribute(Part(0, 1, 1, world: 1) with { Leaves = 0, Nodes = [] }, 4, TimeSpan.Zero, outputs);
        Assert.IsType<CoordinatorOutput.Reply>(outputs[^1]);
    }

    [Fact]
    public void An_evaluation_may_take_longer_than_a_step()
    {
        (AllReduceCoordinator coordinator, List<CoordinatorOutput> outputs) = Start(world: 1, steps: 9, evalSteps: 1);
        coordinator.Contribute(Part(0, 0, 1, world: 1), 1, TimeSpan.FromSeconds(1), outputs);
        coordinator.Tick(TimeSpan.FromHours(3), outputs);
        Assert.Null(coordinator.StopReason);
        coordinator.Evaluated(1, TimeSpan.FromHours(3));
        coordinator.Tick(TimeSpan.FromHours(3) + TimeSpan.FromSeconds(59), outputs);
        Assert.Null(coordinator.StopReason);
        coordinator.Tick(TimeSpan.FromHours(3) + TimeSpan.FromSeconds(61), outputs);
        Assert.Contains("step 2", coordinator.StopReason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_difference_names_step_tensor_and_trainer_and_refuses_everyone()
    {
        (AllReduceCoordinator coordinator, List<CoordinatorOutput> outputs) = Start(world: 3);
        for (int worker = 0; worker < 3; worker++)
            coordinator.Contribute(Part(worker, 0, 1, 3) with { StateHashes = [1, worker == 2 ? 8u : 7u] }, worker, TimeSpan.Zero, outputs);
        string reason = outputs.OfType<CoordinatorOutput.Stopped>().Single().Reason;
        Assert.Contains("second", reason, StringComparison.Ordinal);
        Assert.Contains("trainer 2 on silo-2", reason, StringComparison.Ordinal);
        Assert.Equal(3, outputs.OfType<CoordinatorOutput.Refusal>().Count());
    }

    [Fact]
    public void A_step_that_waits_too_long_names_who_is_missing()
    {
        (AllReduceCoordinator coordinator, List<CoordinatorOutput> outputs) = Start(world: 2);
        coordinator.Contribute(Part(1, 0, 1), 1, TimeSpan.FromSeconds(1), outputs);
        coordinator.Tick(TimeSpan.FromSeconds(60), outputs);
        Assert.Empty(outputs);
        coordinator.Tick(TimeSpan.FromSeconds(61), outputs);
        Assert.Contains("step 1", coordinator.StopReason, StringComparison.Ordinal);
        Assert.Contains("missing: trainer 0 on silo-0", coordinator.StopReason, StringComparison.Ordinal);
        Assert.IsType<CoordinatorOutput.Refusal>(outputs[0]);
    }

    [Fact]
    public void A_lost_trainer_ends_the_collective_by_name_and_old_news_does_not()
    {
        (AllReduceCoordinator coordinator, List<CoordinatorOutput> outputs) = Start(world: 2);
        coordinator.ChangeMembership(new MembershipChange(1, [1], 0, "old news"), outputs);
        Assert.Empty(outputs);
        coordinator.ChangeMembership(new MembershipChange(2, [1], 0, "no answer"), outputs);
        Assert.Contains("trainer 1 on silo-1 was lost in step 1", coordinator.StopReason, StringComparison.Ordinal);
    }

    private static (AllReduceCoordinator Coordinator, List<CoordinatorOutput> Outputs) Start(
        int world, int steps = 5, int evalSteps = 0)
    {
        var coordinator = new AllReduceCoordinator(PlanOf(world, 2, 2, steps) with { EvalSteps = evalSteps });
        coordinator.Start(TimeSpan.Zero);
        return (coordinator, []);
    }

    private static CollectivePlan PlanOf(int world, int values, int chunkValues, int steps) => new()
    {
        RunId = "run-abcdefgh2345", Membership = 1, Places = [.. Enumerable.Range(0, world).Select(w => $"silo-{w}")], LayoutHash = Layout,
        Values = values, TensorNames = ["first", "second"], FirstStep = 0, Steps = steps, ChunkValues = chunkValues,
        StepPatience = TimeSpan.FromMinutes(1),
    };

    private static Contribution Part(int worker, int step, float value, int world = 2)
    {
        TreeNode node = WorkShare.NodesOf(worker, world, world)[0];
        return new Contribution(worker, 1, step, world, Layout, 0, 1, [(node, new GradientSum([value, value], value, 1, 0))], [1, 2]);
    }

    private sealed class Simulation(int world, int leaves, int chunks, int steps, Random random)
    {
        private const int ChunkValues = 3;
        private readonly CollectivePlan _plan = PlanOf(world, chunks * ChunkValues, ChunkValues, steps);
        private readonly List<(Contribution Part, long Ticket)> _network = [];
        private readonly Dictionary<long, (int Worker, int Step, int Chunk)> _asked = [];
        private readonly Dictionary<(int Worker, int Step), HashSet<int>> _received = [];
        private readonly Dictionary<(int Step, int Chunk), GradientSum> _expected = [];
        private readonly List<CoordinatorOutput> _outputs = [];
        private long _lastTicket;

        public void Run()
        {
            var coordinator = new AllReduceCoordinator(_plan);
            coordinator.Start(TimeSpan.Zero);
            for (int worker = 0; worker < world; worker++) Send(worker, 0);
            int done = 0;
            while (_network.Count > 0)
            {
                int at = random.Next(_network.Count);
                (Contribution part, long ticket) = _network[at];
                (_network[at], _network[^1]) = (_network[^1], _network[at]);
                _network.RemoveAt(_network.Count - 1);
                coordinator.Contribute(Copy(part), ticket, TimeSpan.Zero, _outputs);
                if (random.Next(4) == 0) coordinator.Contribute(Copy(part), ++_lastTicket, TimeSpan.Zero, _outputs);
                foreach (CoordinatorOutput.Reply reply in _outputs.OfType<CoordinatorOutput.Reply>())
                    foreach (long answered in reply.Tickets) done += Receive(reply.Chunk, answered) ? 1 : 0;
                Assert.DoesNotContain(_outputs, o => o is CoordinatorOutput.Stopped);
                Assert.DoesNotContain(_outputs, o => o is CoordinatorOutput.Refusal r && _asked.ContainsKey(r.Ticket));
                _outputs.Clear();
            }
            Assert.Equal(world, done);
        }

        private void Send(int worker, int step)
        {
            bool last = step == steps;
            for (int chunk = 0; chunk < (last ? 1 : chunks); chunk++)
            {
                long ticket = ++_lastTicket;
                _asked[ticket] = (worker, step, chunk);
                IReadOnlyList<TreeNode> nodes = last ? [] : WorkShare.NodesOf(worker, world, leaves);
                var sums = nodes.Select(n => (n, SumOf(n, step, chunk))).ToArray();
                UInt128[] hashes = chunk == 0 ? [(UInt128)step, (UInt128)(step * 7)] : [];
                _network.Add((new Contribution(worker, 1, step, last ? 0 : leaves, Layout, chunk, chunks, sums, hashes), ticket));
            }
        }

        private bool Receive(ReducedChunk chunk, long ticket)
        {
            if (!_asked.TryGetValue(ticket, out (int Worker, int Step, int Chunk) asked)) return false;
            Assert.Equal((asked.Step, asked.Chunk), (chunk.Step, chunk.Chunk));
            if (chunk.Leaves == 0) return true;
            if (!_expected.TryGetValue((chunk.Step, chunk.Chunk), out GradientSum? expected))
                _expected[(chunk.Step, chunk.Chunk)] = expected = SumOf(ReductionTree.Root(leaves), chunk.Step, chunk.Chunk);
            Assert.Equal(expected.Gradient, chunk.Sum.Gradient);
            Assert.Equal((expected.LossSum, expected.Rows), (chunk.Sum.LossSum, chunk.Sum.Rows));
            if (!_received.TryGetValue((asked.Worker, asked.Step), out HashSet<int>? got)) _received[(asked.Worker, asked.Step)] = got = [];
            got.Add(asked.Chunk);
            if (got.Count == chunks) Send(asked.Worker, asked.Step + 1);
            return false;
        }

        private GradientSum SumOf(TreeNode node, int step, int chunk)
        {
            var reducer = new TreeReducer(node, leaves);
            for (int leaf = node.FirstLeaf; leaf < Math.Min(node.FirstLeaf + (1 << node.Level), leaves); leaf++)
            {
                float[] values = [.. Enumerable.Range(0, ChunkValues).Select(k =>
                    MathF.Sin(leaf * 31 + step * 7 + chunk * 3 + k) * MathF.Exp(leaf % 13))];
                reducer.Add(new TreeNode(0, leaf), new GradientSum(values, Math.Sqrt(leaf + 2), 1, 0));
            }
            return reducer.Result!;
        }

        // The coordinator takes over the buffers, as it does those of a frame that was just read.
        private static Contribution Copy(Contribution part) =>
            part with { Nodes = [.. part.Nodes.Select(n => (n.Node, n.Sum with { Gradient = [.. n.Sum.Gradient] }))] };
    }
}

using LoraCluster.Grains;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Tests.Cluster;

/// <summary>Evaluations every few steps, the best state and early stops, with replicas whose loss follows from every bit of their
/// state.</summary>
public sealed class EvaluationWhileTrainingTests
{
    private static RunSpec Spec(int trainers = 2) => FakeCluster.Spec(trainers) with { EvalSteps = 3 };

    [Fact]
    public async Task Evaluations_are_the_same_for_any_number_of_trainers_and_change_no_bit_of_the_result()
    {
        await using FakeCluster cluster = await FakeCluster.StartAsync(3);
        string without = (await cluster.TrainAsync(FakeCluster.Spec())).WeightsSha256;
        IReadOnlyList<EvaluationMetrics>? first = null;
        foreach (int trainers in new[] { 1, 2, 4 })
        {
            IRunGrain run = await cluster.SubmitAsync(Spec(trainers));
            RunStatus done = await FakeCluster.UntilAsync(run, RunState.Completed);
            IReadOnlyList<EvaluationMetrics> points = await run.GetEvaluationsAsync();
            Assert.Equal([3, 6, 9, 12, 15, 18, 20], points.Select(p => p.Step));
            Assert.All(points, p => Assert.Equal((70, 0.3), (p.Rows, p.Accuracy)));
            first ??= points;
            Assert.Equal(first.Select(p => p.Loss), points.Select(p => p.Loss));
            Assert.Equal((without, done.Result!.EvaluationLoss), (done.Result.WeightsSha256, points[^1].Loss));
            Assert.Null(done.Result.BestStep);
            Assert.Equal(20, done.Progress.Evaluation!.Step);
        }
    }

    [Fact]
    public async Task The_best_state_is_the_result_also_after_a_pause()
    {
        await using FakeCluster cluster = await FakeCluster.StartAsync(2);
        IReadOnlyList<EvaluationMetrics> points = await PointsAsync(cluster, Spec());
        EvaluationMetrics best = points.MinBy(p => p.Loss)!;
        Assert.NotEqual(points[^1].Step, best.Step);
        RunSpec keep = Spec() with { KeepBest = true };
        RunResult whole = await cluster.TrainAsync(keep);
        Assert.Equal((best.Step, best.Loss), (whole.BestStep, whole.EvaluationLoss));
        // A run of just so many steps ends in that state, since the fake learning rate does not follow a schedule.
        Assert.Equal(whole.WeightsSha256, (await cluster.TrainAsync(FakeCluster.Spec() with { MaxSteps = best.Step })).WeightsSha256);

        // Paused after the best: only the checkpoint knows that state then.
        cluster.Replicas.HoldAt(best.Step + 1);
        IRunGrain run = await cluster.SubmitAsync(keep);
        await cluster.Replicas.ReachedAsync();
        await run.PauseAsync();
        cluster.Replicas.Release();
        await FakeCluster.UntilAsync(run, RunState.Paused);
        await run.ResumeAsync();
        RunStatus resumed = await FakeCluster.UntilAsync(run, RunState.Completed);
        Assert.Equal((whole.BestStep, whole.WeightsSha256), (resumed.Result!.BestStep, resumed.Result.WeightsSha256));
        Assert.Equal(points.Select(p => (p.Step, p.Loss)), (await run.GetEvaluationsAsync()).Select(p => (p.Step, p.Loss)));
    }

    [Fact]
    public async Task Training_stops_early_at_the_same_step_for_any_number_of_trainers_and_across_a_pause()
    {
        // The fake accuracy never changes: the first evaluation stays the best.
        RunSpec spec = Spec() with { Patience = 2, BestBy = "accuracy", KeepBest = true };
        await using FakeCluster cluster = await FakeCluster.StartAsync(2);
        RunResult? first = null;
        foreach (int trainers in new[] { 1, 4 })
        {
            RunStatus done = await FakeCluster.UntilAsync(await cluster.SubmitAsync(spec with { Trainers = trainers }), RunState.Completed);
            Assert.Equal((9, 9), (done.Progress.Step, done.Progress.Steps));
            Assert.Equal("stopped early at step 9 of 20: no better accuracy since step 3 in 2 evaluations", done.Reason);
            Assert.Equal(3, done.Result!.BestStep);
            first ??= done.Result;
            Assert.Equal(first.WeightsSha256, done.Result.WeightsSha256);
        }
        cluster.Replicas.HoldAt(7);
        IRunGrain run = await cluster.SubmitAsync(spec);
        await cluster.Replicas.ReachedAsync();
        await run.PauseAsync();
        cluster.Replicas.Release();
        await FakeCluster.UntilAsync(run, RunState.Paused);
        await run.ResumeAsync();
        RunStatus resumed = await FakeCluster.UntilAsync(run, RunState.Completed);
        Assert.Equal((9, first!.WeightsSha256), (resumed.Progress.Step, resumed.Result!.WeightsSha256));
    }

    [Fact]
    public async Task Settings_that_nothing_would_come_of_are_refused()
    {
        await using FakeCluster cluster = await FakeCluster.StartAsync(1);
        RunSpec bad = FakeCluster.Spec() with { KeepBest = true, Patience = 0, BestBy = "f1" };
        var refused = await Assert.ThrowsAsync<ClusterRequestException>(() => cluster.SubmitAsync(bad));
        foreach (string fault in new[]
        {
            "keep-best is set; allowed is eval-steps beside it", "patience is 0; allowed is 1 or more",
            "best-by is 'f1'; allowed is loss or accuracy",
        })
            Assert.Contains(fault, refused.Message, StringComparison.Ordinal);
    }

    private static async Task<IReadOnlyList<EvaluationMetrics>> PointsAsync(FakeCluster cluster, RunSpec spec)
    {
        IRunGrain run = await cluster.SubmitAsync(spec);
        await FakeCluster.UntilAsync(run, RunState.Completed);
        return await run.GetEvaluationsAsync();
    }
}

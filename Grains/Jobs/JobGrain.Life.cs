using System.Diagnostics;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Runs;
using LoraCluster.Grains.Scheduling;
using LoraCluster.Grains.Submissions;
using Microsoft.Extensions.DependencyInjection;

namespace LoraCluster.Grains.Jobs;

public sealed partial class JobGrain
{
    private const int MaxNotices = 100;
    private readonly Dictionary<int, JobOutcome> _outcomes = [];
    private readonly Dictionary<int, int> _done = [];
    private string _phase = "";

    /// <inheritdoc/>
    public Task<bool> AssignAsync(SlotLease lease) => InTurnAsync(async () =>
    {
        if (Record.Spec is null || Record.State != RunState.Queued) return false;
        Record.Lease = lease;
        BeginSpan(TelemetryNames.JobSpan);
        await MoveAsync(RunState.Preparing, "model and data are loaded");
        Watch();
        _ = PrepareAsync();
        return true;
    });

    /// <inheritdoc/>
    public Task ReportProgressAsync(int worker, JobProgress progress)
    {
        if (IsActive) TakeProgress(worker, progress);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task ReportOutcomeAsync(int worker, JobOutcome outcome) => InTurnAsync(() => TakeOutcomeAsync(worker, outcome));

    private void TakeProgress(int worker, JobProgress progress)
    {
        _done[worker] = Math.Max(progress.Done, _done.GetValueOrDefault(worker));
        Record.Done = _done.Values.Sum();
        if (worker == 0) _phase = progress.Phase;
        if (worker == 0 && progress.Total > 0) Record.Total = progress.Total;
        Feed.Advance();
    }

    // What an activation finds that was lost in between: the workers may well go on, so it takes the watch up where the last one left it.
    private void TakeUp()
    {
        SubmissionLog.TakenUp(Logger, Id, Record.State);
        if (Record.State == RunState.Queued) _ = TryAsync(() => Scheduler.EnqueueAsync(works.Of(Spec).Needs(Id, Spec)));
        else Watch();
        if (Record.State == RunState.Preparing) _ = PrepareAsync();
    }

    private async Task PrepareAsync()
    {
        await Task.Yield();
        using Activity? activity = Telemetry.StartPhase(TelemetryNames.PrepareSpan, Id, TraceParent);
        try
        {
            Task<PreparedJob>[] preparing = [.. Workers.Select(PrepareAsync)];
            await foreach (Task<PreparedJob> task in Task.WhenEach(preparing)) await task;
            PreparedJob[] prepared = await Task.WhenAll(preparing);
            await InTurnAsync(() => Record.State == RunState.Preparing ? BeginAsync(prepared) : EndPreparingAsync(""));
        }
        catch (Exception e) { await InTurnAsync(() => EndPreparingAsync(e.Message)); }
    }

    private async Task<PreparedJob> PrepareAsync(int worker)
    {
        var task = new JobTask { JobId = Id, Spec = Spec, Worker = worker, Lease = Record.Lease!, TraceParent = TraceParent };
        try { return await WorkerOf(worker).PrepareAsync(task); }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new ClusterRequestException($"{Record.Lease!.Names[worker]}: {e.Message}");
        }
    }

    private async Task BeginAsync(PreparedJob[] prepared)
    {
        for (int worker = 1; worker < prepared.Length; worker++)
        {
            if (prepared[worker].Identity.Except(prepared[0].Identity).FirstOrDefault() is not { } other) continue;
            await EndAsync(RunState.Failed, $"{Record.Lease!.Names[worker]} has another {other.Name} than {Record.Lease.Names[0]} "
                + "under the same path or spec");
            return;
        }
        foreach (string notice in prepared.SelectMany(p => p.Notices).Distinct(StringComparer.Ordinal))
            if (Record.Notices.Count < MaxNotices) Record.Notices.Add(notice);
        Record.Total = prepared.Sum(p => p.Total);
        Record.StartedAt = Time.GetUtcNow();
        await MoveAsync(RunState.Running, "");
        try { await Task.WhenAll(Workers.Select(w => WorkerOf(w).StartAsync())); }
        catch (Exception e) { await EndAsync(RunState.Failed, $"the work could not be started: {e.Message}"); }
    }

    private async Task EndPreparingAsync(string message)
    {
        if (Record.State == RunState.Cancelling) await EndAsync(RunState.Cancelled, "cancelled by a user");
        else if (Record.State == RunState.Preparing) await EndAsync(RunState.Failed, message);
    }

    private async Task TakeOutcomeAsync(int worker, JobOutcome outcome)
    {
        // While the workers load, what fails is told by PrepareAsync.
        if (Record.State is not (RunState.Running or RunState.Cancelling) || !_outcomes.TryAdd(worker, outcome)) return;
        if (outcome.Progress is { } progress) TakeProgress(worker, progress);
        bool cancelling = Record.State == RunState.Cancelling;
        if (outcome.Part is null && !cancelling)
        {
            await EndAsync(RunState.Failed, await FindLossAsync() ?? $"{Record.Lease!.Names[worker]}: {outcome.Message}");
            return;
        }
        if (_outcomes.Count < Record.Lease!.Silos.Count) return;
        if (cancelling) await EndAsync(RunState.Cancelled, "cancelled by a user");
        else await CompleteAsync();
    }

    private async Task CompleteAsync()
    {
        try
        {
            JobResult result = works.Of(Spec).Combine(Spec, [.. Workers.Select(w => _outcomes[w].Part!)]);
            IReadOnlyList<NodeStatus> described = await Nodes.DescribeAsync();
            Record.Result = result with { Environment = [.. result.Environment, .. EnvironmentOf(described)] };
            Record.Done = Record.Total;
            ServiceProvider.GetRequiredService<Telemetry>().RecordResult(Id, result);
        }
        catch (Exception e) when (e is UserErrorException or ClusterRequestException)
        {
            await EndAsync(RunState.Failed, e.Message);
            return;
        }
        await EndAsync(RunState.Completed, "");
    }

    private IEnumerable<JobFact> EnvironmentOf(IReadOnlyList<NodeStatus> described) => described
        .Where(n => Record.Lease!.Silos.Contains(n.Address))
        .Select(n => new JobFact(n.Name, Text($"{n.Hardware}, {n.Device}, {Spec.Threads} of {n.Threads} threads, ")
            + $"kernels {n.KernelRoute}, version {n.Version}, host {n.Host}"));

    /// <inheritdoc/>
    protected override async Task EndAsync(RunState end, string reason)
    {
        bool held = IsActive;
        if (held && _outcomes.Count < (Record.Lease?.Silos.Count ?? 0)) await StopWorkersAsync($"the job is {end}: {reason}");
        StopWatching();
        _outcomes.Clear();
        EndSpan(end);
        Record.EndedAt = Time.GetUtcNow();
        await MoveAsync(end, reason);
        await TryAsync(() => Scheduler.ReleaseAsync(Id));
    }

    /// <inheritdoc/>
    protected override RunSummary SummaryOf() => JobSummary.Of(StatusOf());

    /// <inheritdoc/>
    protected override Task StopWorkersAsync(string reason) =>
        Task.WhenAll(Workers.Select(w => TryAsync(() => WorkerOf(w).StopAsync(reason))));

    private IJobWorkerGrain WorkerOf(int worker) =>
        GrainFactory.GetGrain<IJobWorkerGrain>(IJobWorkerGrain.KeyOf(Id, worker, SiloOf(worker)));
}

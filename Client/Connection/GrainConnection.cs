using System.Diagnostics;
using System.Runtime.CompilerServices;
using LoraCluster.Grains;
using LoraCluster.Grains.Artifacts;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Runs;
using LoraCluster.Grains.Work;

namespace LoraCluster.Client.Connection;

/// <summary>A cluster by way of its grains; every call is repeated within a bound when it failed on the way.</summary>
internal sealed class GrainConnection(IGrainFactory grains, string description, TimeProvider time, TimeSpan patience, Func<ValueTask> close)
    : IClusterConnection
{
    private const int PartsInAMessage = 4;
    private static readonly ActivitySource Source = new(TelemetryNames.ActivitySource);
    private readonly BoundedRetry _retry = new(time, TransientFaults.Includes, patience);

    public string Description { get; } = description;

    /// <summary>The span in which a run or job is handed in.</summary>
    public static Activity? StartSubmit(string id) => Source.StartActivity(TelemetryNames.SubmitSpan)?.SetTag(TelemetryNames.RunTag, id);

    public Task<IReadOnlyList<NodeStatus>> GetNodesAsync(CancellationToken cancellationToken) =>
        AskAsync(() => grains.GetGrain<IClusterGrain>(0).GetNodesAsync(), cancellationToken);

    public Task SetDrainingAsync(string silo, bool value, CancellationToken cancellationToken) =>
        AskAsync(async () =>
        {
            IClusterGrain cluster = grains.GetGrain<IClusterGrain>(0);
            await (value ? cluster.DrainAsync(silo) : cluster.UndrainAsync(silo));
            return value;
        }, cancellationToken);

    public Task<IReadOnlyList<RunSummary>> ListRunsAsync(int count, CancellationToken cancellationToken) =>
        AskAsync(() => grains.GetGrain<IRunIndexGrain>(0).ListAsync(count), cancellationToken);

    public async Task<RunStatus> SubmitAsync(string runId, RunSpec spec, CancellationToken cancellationToken)
    {
        using Activity? submit = StartSubmit(runId);
        return await AskAsync(() => Run(runId).SubmitAsync(spec), cancellationToken);
    }

    public Task<RunStatus?> GetStatusAsync(string runId, CancellationToken cancellationToken) =>
        AskAsync(() => Run(runId).GetStatusAsync(), cancellationToken);

    public Task<RunStatus> WaitForChangeAsync(string runId, long seenVersion, TimeSpan patience, CancellationToken cancellationToken) =>
        AskAsync(() => Run(runId).WaitForChangeAsync(seenVersion, patience, cancellationToken), cancellationToken);

    public Task<IReadOnlyList<EvaluationMetrics>> GetEvaluationsAsync(string runId, CancellationToken cancellationToken) =>
        AskAsync(() => Run(runId).GetEvaluationsAsync(), cancellationToken);

    public Task<IReadOnlyList<StepMetrics>> GetHistoryAsync(
        string runId, int fromStep, int count, CancellationToken cancellationToken) =>
        AskAsync(() => Run(runId).GetHistoryAsync(fromStep, count), cancellationToken);

    public Task CancelAsync(string runId, CancellationToken cancellationToken) =>
        TellAsync(runId, run => run.CancelAsync(), status => status?.State is RunState.Cancelling or RunState.Cancelled, cancellationToken);

    public Task PauseAsync(string runId, CancellationToken cancellationToken) =>
        TellAsync(runId, run => run.PauseAsync(), status => status?.State is RunState.Pausing or RunState.Paused, cancellationToken);

    public Task ResumeAsync(string runId, CancellationToken cancellationToken) => TellAsync(runId, run => run.ResumeAsync(),
        status => status?.State is RunState.Queued or RunState.Preparing or RunState.Running, cancellationToken);

    public Task DeleteAsync(string runId, CancellationToken cancellationToken) =>
        TellAsync(runId, run => run.DeleteAsync(), status => status is null, cancellationToken);

    public Task<ArtifactManifest?> GetManifestAsync(string artifactId, CancellationToken cancellationToken) =>
        AskAsync(() => grains.GetGrain<IArtifactGrain>(artifactId).GetManifestAsync(), cancellationToken);

    public Task<byte[]> ReadChunkAsync(string artifactId, string file, int chunk, CancellationToken cancellationToken) =>
        AskAsync(() => grains.GetGrain<IArtifactGrain>(artifactId).ReadChunkAsync(file, chunk), cancellationToken);

    public IAsyncEnumerable<FolderPart> MergeAsync(NodeStatus silo, MergeSpec spec, CancellationToken cancellationToken) =>
        // Parts are large, so few of them go in one message.
        WorkAsync(silo, work => work.MergeAsync(spec, cancellationToken).WithBatchSize(PartsInAMessage), cancellationToken);

    public IAsyncEnumerable<VerifyPart> VerifyAsync(NodeStatus silo, VerifySpec spec, CancellationToken cancellationToken) =>
        WorkAsync(silo, work => work.VerifyAsync(spec, cancellationToken), cancellationToken);

    public IAsyncEnumerable<PredictPart> PredictAsync(NodeStatus silo, PredictSpec spec, CancellationToken cancellationToken) =>
        WorkAsync(silo, work => work.PredictAsync(spec, cancellationToken), cancellationToken);

    public IAsyncEnumerable<GeneratePart> GenerateAsync(NodeStatus silo, GenerateSpec spec, CancellationToken cancellationToken) =>
        // Each token when it comes.
        WorkAsync(silo, work => work.GenerateAsync(spec, cancellationToken).WithBatchSize(1), cancellationToken);

    public IJobConnection Jobs => new JobConnection(grains, _retry, Lost);

    private async IAsyncEnumerable<T> WorkAsync<T>(
        NodeStatus silo, Func<IModelWorkGrain, IAsyncEnumerable<T>> work, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using IAsyncEnumerator<T> parts =
            work(grains.GetGrain<IModelWorkGrain>(IModelWorkGrain.KeyOf(silo))).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            try
            {
                if (!await parts.MoveNextAsync()) yield break;
            }
            catch (Exception e) when (TransientFaults.Includes(e) || e is EnumerationAbortedException)
            {
                throw new ClientException(ExitCodes.NoCluster,
                    $"{silo.Name} of {Description} was lost while it worked: {e.Message.ReplaceLineEndings(" ")}", e);
            }
            yield return parts.Current;
        }
    }

    public ValueTask DisposeAsync() => close();

    private IRunGrain Run(string runId) => grains.GetGrain<IRunGrain>(runId);

    private Task<T> AskAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken) =>
        _retry.RunAsync(_ => call(), Lost, cancellationToken);

    /// <summary>
    /// A request that changes the run. Its answer may be lost after it took effect, and the repetition is then refused: that is no
    /// failure if the run stands where it was asked to.
    /// </summary>
    private Task TellAsync(
        string runId, Func<IRunGrain, Task> call, Func<RunStatus?, bool> tookEffect, CancellationToken cancellationToken) =>
        _retry.RunAsync(async attempt =>
        {
            try { await call(Run(runId)); }
            catch (ClusterRequestException) when (attempt > 1)
            {
                if (!tookEffect(await Run(runId).GetStatusAsync())) throw;
            }
            return true;
        }, Lost, cancellationToken);

    private Exception Lost(Exception last)
    {
        string seconds = patience.TotalSeconds.ToString("0", System.Globalization.CultureInfo.InvariantCulture);
        string cause = $"{last.GetType().Name}: {last.Message.ReplaceLineEndings(" ")}";
        return new ClientException(ExitCodes.NoCluster,
            $"{Description} no longer answers (tried for {seconds} s; last: {cause}); runs there keep their last checkpoint", last);
    }
}

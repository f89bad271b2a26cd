using System.Runtime.CompilerServices;
using System.Threading.Channels;
using LoraCluster.Client;
using LoraCluster.Client.Connection;
using LoraCluster.Grains;
using LoraCluster.Grains.Artifacts;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Runs;
using LoraCluster.Grains.Work;

namespace LoraCluster.Tests.Unit.Client;

/// <summary>A cluster that does what the test says: a run takes the next change each time it is waited for.</summary>
internal sealed class FakeCluster : IClusterConnector, IClusterConnection
{
    private readonly Channel<Func<RunStatus, RunStatus>> _changes = Channel.CreateUnbounded<Func<RunStatus, RunStatus>>();
    private readonly TaskCompletionSource _waited = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public List<NodeStatus> Nodes { get; } = [Node("silo-1"), Node("silo-2")];

    public Dictionary<string, RunStatus> Runs { get; } = [];

    public Dictionary<(string Artifact, string File), byte[]> Files { get; } = [];

    public ArtifactManifest? Manifest { get; set; }

    public List<string> Calls { get; } = [];

    public ClusterTarget? Target { get; private set; }

    public Exception? ConnectFault { get; init; }

    public Exception? SubmitFault { get; set; }

    public Exception? WaitFault { get; set; }

    public Exception? ControlFault { get; set; }

    /// <summary>True: a cancelled run never comes to rest.</summary>
    public bool IgnoresCancel { get; init; }

    public bool Disposed { get; private set; }

    /// <summary>Completes when the client waits for a change that is not there.</summary>
    public Task Waited => _waited.Task;

    public RunStatus Submitted => Runs.Values.Last();

    public string Description => "cluster test at 127.0.0.1:1";

    public static NodeStatus Node(string name, int threads = 4, int slots = 4, bool equalBits = true) => new()
    {
        Name = name, Address = "S127.0.0.1:11111:1", Device = "cpu", Threads = threads, Slots = slots, SlotsUsed = 0, EqualBits = equalBits,
        KernelRoute = "onednn-packed", Hardware = "a processor", Host = "host", ProcessId = 7, MemoryBytes = 512_000_000, Version = "0.1.0",
    };

    /// <summary>A run from its first step to its end, in a few changes.</summary>
    public void Complete(int steps = 10)
    {
        Then(run => run with { State = RunState.Preparing });
        for (int step = 1; step <= steps; step++)
        {
            int done = step;
            Then(run => run with { State = RunState.Running, Progress = Progress(done, steps) });
        }
        Then(run => run with { State = RunState.Completed, Result = Result() });
    }

    public static RunProgress Progress(int step, int steps) => new()
    {
        Step = step, Steps = steps, Loss = 0.6931, TrainingAccuracy = 0.75, SamplesPerSecond = 412.5, LearningRate = 1e-3, GradNorm = 1.5,
        BytesPerStep = 590_000, Seconds = step * 0.5, StepTimeMs = 500, AllReduceTimeMs = 2,
    };

    public static RunResult Result() => new()
    {
        Correct = 765, Rows = 872, EvaluationLoss = 0.3, WeightsSha256 = new string('a', 64), WeightsBytes = 295_000,
        TrainableParameters = 73_728,
        TotalParameters = 22_786_176, ArtifactId = new string('a', 64),
    };

    public static RunStatus Status(string runId, RunState state, string method = "lora") => new()
    {
        RunId = runId, State = state, Spec = new RunSpec { ModelPath = "/models/minilm", DatasetPath = "/data/sst2", Method = method },
    };

    public void Then(Func<RunStatus, RunStatus> change) => _changes.Writer.TryWrite(change);

    public bool MayBeElsewhere(ClusterTarget target) => target.Store is not null;

    public Task<IClusterConnection> ConnectAsync(ClusterTarget target, CancellationToken cancellationToken)
    {
        Target = target;
        return ConnectFault is null ? Task.FromResult<IClusterConnection>(this) : Task.FromException<IClusterConnection>(ConnectFault);
    }

    public Task<IReadOnlyList<NodeStatus>> GetNodesAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<NodeStatus>>(Nodes);

    public Task<IReadOnlyList<RunSummary>> ListRunsAsync(int count, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<RunSummary>>([.. Runs.Values.Take(count).Select(Summary)]);

    public Task<RunStatus> SubmitAsync(string runId, RunSpec spec, CancellationToken cancellationToken)
    {
        if (SubmitFault is not null) return Task.FromException<RunStatus>(SubmitFault);
        Runs[runId] = new RunStatus { RunId = runId, Spec = spec, State = RunState.Queued, Version = 1 };
        return Task.FromResult(Runs[runId]);
    }

    public Task<RunStatus?> GetStatusAsync(string runId, CancellationToken cancellationToken) =>
        Task.FromResult(Runs.GetValueOrDefault(runId));

    public Dictionary<string, List<StepMetrics>> Histories { get; } = [];

    public Task<IReadOnlyList<StepMetrics>> GetHistoryAsync(
        string runId, int fromStep, int count, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<StepMetrics>>(
            [.. Histories.GetValueOrDefault(runId, []).Where(step => step.Step >= fromStep).Take(count)]);

    public async Task<RunStatus> WaitForChangeAsync(string runId, long seenVersion, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (!_changes.Reader.TryRead(out Func<RunStatus, RunStatus>? change))
        {
            if (WaitFault is not null) throw WaitFault;
            _waited.TrySetResult();
            change = await _changes.Reader.ReadAsync(cancellationToken);
        }
        RunStatus status = change(Runs[runId]);
        return Runs[runId] = status with { Version = status.Version + 1 };
    }

    public List<EvaluationMetrics> Evaluations { get; } = [];

    public Task<IReadOnlyList<EvaluationMetrics>> GetEvaluationsAsync(string runId, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<EvaluationMetrics>>(Evaluations);

    public Task CancelAsync(string runId, CancellationToken cancellationToken)
    {
        if (!IgnoresCancel) Then(run => run with { State = RunState.Cancelled, CheckpointStep = 3 });
        return Control("cancel", runId, run => run with { State = RunState.Cancelling });
    }

    public Task PauseAsync(string runId, CancellationToken cancellationToken)
    {
        Then(run => run with { State = RunState.Paused, CheckpointStep = run.Progress.Step });
        return Control("pause", runId, run => run with { State = RunState.Pausing });
    }

    public Task ResumeAsync(string runId, CancellationToken cancellationToken) =>
        Control("resume", runId, run => run with { State = RunState.Queued });

    public Task DeleteAsync(string runId, CancellationToken cancellationToken)
    {
        Task done = Control("delete", runId, run => run);
        if (done.IsCompletedSuccessfully) Runs.Remove(runId);
        return done;
    }

    public Task<ArtifactManifest?> GetManifestAsync(string artifactId, CancellationToken cancellationToken) => Task.FromResult(Manifest);

    public Task<byte[]> ReadChunkAsync(string artifactId, string file, int chunk, CancellationToken cancellationToken) =>
        Task.FromResult(Files[(artifactId, file)].Chunk(ArtifactManifest.ChunkBytes).ElementAt(chunk));

    /// <summary>What a merge sends, and what it was asked.</summary>
    public List<FolderPart> Parts { get; } = [];

    public MergeSpec? Merged { get; private set; }

    public Exception? MergeFault { get; set; }

    public async IAsyncEnumerable<FolderPart> MergeAsync(
        NodeStatus silo, MergeSpec spec, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Merged = spec;
        foreach (FolderPart part in Parts)
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            yield return part;
        }
        if (MergeFault is not null) throw MergeFault;
    }

    public List<VerifyPart> VerifyParts { get; } = [];

    public VerifySpec? Verified { get; private set; }

    public async IAsyncEnumerable<VerifyPart> VerifyAsync(
        NodeStatus silo, VerifySpec spec, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Verified = spec;
        foreach (VerifyPart part in VerifyParts)
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            yield return part;
        }
    }

    public FakeJobs Jobs { get; } = new();

    IJobConnection IClusterConnection.Jobs => Jobs;

    public IAsyncEnumerable<PredictPart> PredictAsync(NodeStatus silo, PredictSpec spec, CancellationToken cancellationToken) =>
        throw new NotSupportedException("predictions are tested on a cluster");

    public IAsyncEnumerable<GeneratePart> GenerateAsync(NodeStatus silo, GenerateSpec spec, CancellationToken cancellationToken) =>
        throw new NotSupportedException("generation is tested on a cluster");

    public ValueTask DisposeAsync()
    {
        Disposed = true;
        return ValueTask.CompletedTask;
    }

    private static RunSummary Summary(RunStatus run) => new(run.RunId, run.Spec.Name, run.State, run.SubmittedAt, run.Progress.Step,
        run.Progress.Steps, run.Result?.Accuracy ?? double.NaN, run.Spec.Method, run.Spec.ModelPath);

    private Task Control(string call, string runId, Func<RunStatus, RunStatus> change)
    {
        lock (Calls) Calls.Add($"{call} {runId}");
        if (ControlFault is not null) return Task.FromException(ControlFault);
        Runs[runId] = change(Runs[runId]);
        return Task.CompletedTask;
    }
}

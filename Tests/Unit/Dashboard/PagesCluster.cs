using System.Collections.Concurrent;
using System.Security.Cryptography;
using LoraCluster.Dashboard.Cluster;
using LoraCluster.Grains;
using LoraCluster.Grains.Artifacts;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Tests.Unit.Dashboard;

/// <summary>A cluster made up for pages: what it holds is set by the test, and it counts what it is asked.</summary>
internal sealed class PagesCluster : ICluster
{
    private readonly ConcurrentDictionary<string, int> calls = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, RunStatus> runs = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, JobStatus> jobs = new(StringComparer.Ordinal);
    private readonly Lock changing = new();
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public List<NodeStatus> Nodes { get; set; } = [Node("silo-1"), Node("silo-2")];

    /// <summary>Thrown by every call while it is set.</summary>
    public Exception? Fault { get; set; }

    /// <summary>What a button's request is refused with; null: it is granted.</summary>
    public string? Refusal { get; set; }

    public byte[] Weights { get; } = [.. Enumerable.Range(0, ArtifactManifest.ChunkBytes + 1000).Select(k => (byte)(k * 7))];

    /// <summary>True: a byte of the weights differs from what their hash says.</summary>
    public bool IsDamaged { get; set; }

    public int CallsOf(string method) => calls.GetValueOrDefault(method);

    public static NodeStatus Node(string name, string address = "1") => new()
    {
        Name = name, Address = $"{name}:{address}", Device = "cpu", Threads = 2, Slots = 4, SlotsUsed = 1,
        Hardware = "a processor, x64, 2 cores", Version = "0.1.0",
        MemoryBytes = 400_000_000, Host = "here", ProcessId = 4711, EqualBits = true, KernelRoute = "packed",
    };

    public static string IdOf(int number, string prefix = "run-") =>
        prefix + string.Concat(Enumerable.Range(0, 12).Select(k => "abcdefghijklmnop"[(number >> (4 * (11 - k) % 32)) & 15]));

    public static RunStatus Run(int number, RunState state, int steps, int step, string name = "", double rate = 1e-3) => new()
    {
        RunId = IdOf(number), State = state, SubmittedAt = DateTimeOffset.UnixEpoch.AddDays(20_000).AddMinutes(number),
        StartedAt = DateTimeOffset.UnixEpoch.AddDays(20_000), Silos = ["silo-1", "silo-2"], Version = 1,
        Spec = new RunSpec
        {
            ModelPath = "/models/some-model", DatasetPath = "/data/some-data", Name = name, LearningRate = rate, Trainers = 2,
        },
        Progress = new RunProgress
        {
            Step = step, Steps = steps, Loss = 0.25, TrainingAccuracy = 0.9, SamplesPerSecond = 812, LearningRate = rate, GradNorm = 0.7,
            BytesPerStep = 1_190_000, Seconds = 61, StepTimeMs = 41.3, AllReduceTimeMs = 2.1,
        },
        Result = state != RunState.Completed ? null : new RunResult
        {
            Correct = 764, Rows = 872, EvaluationLoss = 0.31, WeightsSha256 = new string('a', 64), WeightsBytes = 301_500,
            TrainableParameters = 73_728, TotalParameters = 22_700_000, ArtifactId = new string('a', 64),
        },
    };

    public void Put(RunStatus run)
    {
        lock (changing)
        {
            runs[run.RunId] = run with { Version = (runs.GetValueOrDefault(run.RunId)?.Version ?? 0) + 1 };
            changed.SetResult();
            changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public void Put(JobStatus job) => jobs[job.JobId] = job;

    public Task<IReadOnlyList<NodeStatus>> GetNodesAsync() => AnswerAsync<IReadOnlyList<NodeStatus>>("nodes", () => [.. Nodes]);

    public Task<IReadOnlyList<RunSummary>> ListAsync(int count) => AnswerAsync<IReadOnlyList<RunSummary>>("list", () =>
    [
        .. runs.Values.Select(r => new RunSummary(r.RunId, r.Spec.Name, r.State, r.SubmittedAt, r.Progress.Step, r.Progress.Steps,
                r.Result?.Accuracy ?? double.NaN, r.Spec.Method, r.Spec.ModelPath))
            .Concat(jobs.Values.Select(j => new RunSummary(j.JobId, j.Spec.Name, j.State, j.SubmittedAt, j.Done, j.Total, double.NaN,
                j.Spec is BenchmarkSpec b ? b.Benchmark : "", "", j.Spec.Kind, j.Result?.KeyFigure ?? "")))
            .OrderByDescending(s => s.SubmittedAt).Take(count),
    ]);

    public Task<RunStatus?> GetRunAsync(string runId) => AnswerAsync("run", () => runs.GetValueOrDefault(runId));

    public async Task<RunStatus> WaitForRunAsync(string runId, long seenVersion, TimeSpan patience, CancellationToken cancellationToken)
    {
        Task change;
        lock (changing) change = changed.Task;
        if ((await AnswerAsync("wait", () => runs[runId])).Version <= seenVersion)
        {
            try { await change.WaitAsync(patience, cancellationToken); }
            catch (TimeoutException) { }
        }
        return runs[runId];
    }

    public Task<IReadOnlyList<StepMetrics>> GetHistoryAsync(string runId, int fromStep, int count) =>
        AnswerAsync<IReadOnlyList<StepMetrics>>("history", () =>
            [.. Enumerable.Range(fromStep, Math.Max(0, Math.Min(count, runs[runId].Progress.Step - fromStep + 1))).Select(StepOf)]);

    public string Description => "cluster made-up at 127.0.0.1:1";

    public Task<IReadOnlyList<EvaluationMetrics>> GetEvaluationsAsync(string runId) =>
        AnswerAsync<IReadOnlyList<EvaluationMetrics>>("evaluations", () => []);

    public Task<IReadOnlyList<RunEvent>> GetEventsAsync(string runId) =>
        AnswerAsync<IReadOnlyList<RunEvent>>("events", () => [new RunEvent(DateTimeOffset.UnixEpoch, "Queued: submitted")]);

    public Task<JobStatus?> GetJobAsync(string jobId) => AnswerAsync("job", () => jobs.GetValueOrDefault(jobId));

    public async Task<JobStatus> WaitForJobAsync(string jobId, long seenVersion, TimeSpan patience, CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.Infinite, cancellationToken).WaitAsync(patience, cancellationToken);
        return jobs[jobId];
    }

    public Task ControlAsync(string id, RunAction action) => AnswerAsync($"{action} {id}", () => Refusal is null
        ? true : throw new ClusterRequestException(Refusal));

    public Task<ArtifactManifest?> GetManifestAsync(string artifactId) => AnswerAsync<ArtifactManifest?>("manifest", () =>
    {
        string sha256 = Convert.ToHexStringLower(SHA256.HashData(Weights));
        return new ArtifactManifest(IdOf(1), [new ArtifactFile("adapter_model.safetensors", Weights.Length, sha256)]);
    });

    public Task<byte[]> ReadChunkAsync(string artifactId, string file, int chunk) => AnswerAsync("chunk", () =>
    {
        byte[] bytes = [.. Weights.Skip(chunk * ArtifactManifest.ChunkBytes).Take(ArtifactManifest.ChunkBytes)];
        if (IsDamaged) bytes[^1]++;
        return bytes;
    });

    private static StepMetrics StepOf(int step) => new(
        step, 0.2 + 0.5 * Math.Exp(-step / 9000.0) + 0.02 * Math.Sin(step * 0.7), 0.6 + 0.3 * (1 - Math.Exp(-step / 9000.0)),
        1e-3 * (1 - step / 60_000.0), 0.4 + 0.1 * Math.Cos(step), 40 + step % 7, 32);

    private Task<T> AnswerAsync<T>(string method, Func<T> answer)
    {
        calls.AddOrUpdate(method, 1, (_, count) => count + 1);
        return Fault is null ? Task.FromResult(answer()) : Task.FromException<T>(Fault);
    }
}

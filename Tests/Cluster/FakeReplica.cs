using LoraCluster.Grains.Runs;
using LoraCluster.Grains.Trainers;
using LoraCluster.Training;

namespace LoraCluster.Tests.Cluster;

/// <summary>
/// A replica without tensors: pure, quick arithmetic whose gradient follows from parameters, step and micro-batch, so that any mistake
/// in who computes what, in which order sums are taken or in what a checkpoint holds changes its bits. An epoch's last batch is incomplete.
/// </summary>
internal sealed class FakeReplica : ITrainingReplica
{
    private readonly FakeReplicaFactory _factory;
    private readonly RunSpec _spec;
    private readonly int _examples;
    private float[] _parameters, _first, _second;

    public FakeReplica(RunSpec spec, FakeReplicaFactory factory)
    {
        (_spec, _factory) = (spec, factory);
        _examples = spec.MaxExamples ?? 100;
        Layout = new ParameterLayout([("a", [7, 3]), ("b", [11]), ("head.weight", [factory.HeadLength])]);
        _parameters = new float[Layout.Length];
        _first = new float[Layout.Length];
        _second = new float[Layout.Length];
        for (int k = 0; k < _parameters.Length; k++) _parameters[k] = Noise(spec.Seed, -1, -1, k);
        Steps = Math.Min(StepsPerEpoch * spec.Epochs, spec.MaxSteps ?? int.MaxValue);
    }

    public ParameterLayout Layout { get; }
    public int Steps { get; }
    public int Step { get; private set; }
    public int MicroBatches => (RowsOfStep + _spec.MicroBatchSize - 1) / _spec.MicroBatchSize;
    public int EvaluationBatches => 7;
    public long TrainableParameters => Layout.Length;
    public long TotalParameters => Layout.Length + 1000;
    public bool CountsTokens => false;

    public IReadOnlyList<string> Notices => ["a fake replica"];

    private int StepsPerEpoch => (_examples + _spec.GlobalBatchSize - 1) / _spec.GlobalBatchSize;

    private int RowsOfStep => Math.Min(_spec.GlobalBatchSize, _examples - Step % StepsPerEpoch * _spec.GlobalBatchSize);

    public GradientSum ComputeMicroBatch(int microBatch)
    {
        _factory.OnCompute(Step);
        int rows = Math.Min(_spec.MicroBatchSize, RowsOfStep - microBatch * _spec.MicroBatchSize);
        float[] gradient = new float[Layout.Length];
        double loss = 0;
        for (int k = 0; k < gradient.Length; k++)
        {
            gradient[k] = rows * (_parameters[k] * 0.1f + Noise(_spec.Seed, Step, microBatch, k));
            loss += Math.Abs(gradient[k]);
        }
        return new GradientSum(gradient, loss / gradient.Length, rows, rows / 2);
    }

    public StepOutcome ApplyStep(GradientSum reduced)
    {
        if (reduced.Rows != RowsOfStep) throw new InvalidOperationException($"{reduced.Rows} rows for a step of {RowsOfStep}");
        double norm = 0;
        for (int k = 0; k < _parameters.Length; k++)
        {
            float mean = reduced.Gradient[k] / reduced.Rows;
            norm += mean * mean;
            _first[k] = 0.9f * _first[k] + 0.1f * mean;
            _second[k] = 0.99f * _second[k] + 0.01f * mean * mean;
            _parameters[k] -= 0.05f * _first[k] / (MathF.Sqrt(_second[k]) + 1e-3f);
        }
        if (_factory.CorruptAfterStep == Step && _factory.TakeCorruption()) _parameters[22] += 1;
        Step++;
        return new StepOutcome(_factory.DivergeAtStep == Step ? double.NaN : reduced.LossSum / reduced.Rows, Math.Sqrt(norm), 0.05,
            (int)reduced.Rows);
    }

    public UInt128[] HashState() => Layout.HashTensors(_parameters);

    public TrainingState ExportState() => new(Step, Layout.Hash, [.. _parameters], [.. _first], [.. _second]);

    public void ImportState(TrainingState state)
    {
        if (state.LayoutHash != Layout.Hash) throw new UserErrorException("the state is of another layout");
        (Step, _parameters, _first, _second) = (state.Step, [.. state.Parameters], [.. state.FirstMoment], [.. state.SecondMoment]);
    }

    public GradientSum EvaluateBatch(int batch)
    {
        _factory.OnCompute(Step);
        return new GradientSum([], _parameters[batch] * 1e-3 + 0.1 * batch, 10, batch);
    }

    public IReadOnlyList<ResultFile> ExportResult() =>
    [
        new("adapter_config.json", "{}"u8.ToArray(), false),
        new("adapter_model.safetensors", System.Runtime.InteropServices.MemoryMarshal.AsBytes(_parameters.AsSpan()).ToArray(), true),
    ];

    public void Dispose() => _factory.Closed();

    private static float Noise(ulong seed, int step, int microBatch, int k)
    {
        ulong x = seed * 0x9E3779B97F4A7C15 + (ulong)(step + 2) * 0xBF58476D1CE4E5B9 + (ulong)(microBatch + 2) * 0x94D049BB133111EB
            + (ulong)k;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return ((x ^ (x >> 31)) >> 40) / (float)(1 << 24) - 0.5f;
    }
}

/// <summary>Opens fake replicas, and lets a test hold them at a step or make one go wrong.</summary>
internal sealed class FakeReplicaFactory : ITrainingReplicaFactory
{
    private readonly ManualResetEventSlim _go = new(true);
    private int _holdStep = -1, _open, _corrupted;
    private TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Length of the third tensor: the flat vector has two chunks and a bit by default.</summary>
    public int HeadLength { get; set; } = 140_000;
    /// <summary>One replica's state goes wrong after this 0-based step.</summary>
    public int CorruptAfterStep { get; set; } = -1;
    /// <summary>The loss is not a number after this many steps.</summary>
    public int DivergeAtStep { get; set; } = -1;
    /// <summary>Replicas that are open.</summary>
    public int Open => Volatile.Read(ref _open);

    OpenedReplica ITrainingReplicaFactory.Open(RunSpec spec, CancellationToken cancellationToken)
    {
        if (spec.ModelPath.StartsWith("/missing", StringComparison.Ordinal))
            throw new UserErrorException($"there is no model folder {spec.ModelPath}");
        if (spec.ModelHash.Length > 0 && spec.ModelHash != Hash)
            throw new UserErrorException($"{spec.ModelPath} holds other bytes than the run's model");
        Interlocked.Increment(ref _open);
        return new OpenedReplica(new FakeReplica(spec, this), Hash, Hash);
    }

    public static string Hash { get; } = new('a', 64);

    /// <summary>From now on trainers stop before computing this 0-based step; <see cref="ReachedAsync"/> tells when the first is
    /// there.</summary>
    public void HoldAt(int step)
    {
        _reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _go.Reset();
        Volatile.Write(ref _holdStep, step);
    }

    public Task ReachedAsync() => _reached.Task.WaitAsync(TimeSpan.FromSeconds(60));

    public void Release()
    {
        Volatile.Write(ref _holdStep, -1);
        _go.Set();
    }

    internal void OnCompute(int step)
    {
        int hold = Volatile.Read(ref _holdStep);
        if (hold < 0 || step < hold) return;
        _reached.TrySetResult();
        if (!_go.Wait(TimeSpan.FromSeconds(60))) throw new TimeoutException($"a fake replica was held at step {step} for a minute");
    }

    internal bool TakeCorruption() => Interlocked.Exchange(ref _corrupted, 1) == 0;

    internal void Closed() => Interlocked.Decrement(ref _open);
}

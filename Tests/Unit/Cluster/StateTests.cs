using System.Buffers;
using LoraCluster.Grains.Checkpoints;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Runs;
using LoraCluster.Grains.Scheduling;
using LoraCluster.Grains.Storage;
using LoraCluster.Grains.Work;
using LoraCluster.Training;
using MessagePack;

namespace LoraCluster.Tests.Unit.Cluster;

public sealed class StateTests
{
    private static readonly StateSerializer Serializer = new();

    [Fact]
    public void A_run_record_comes_back_as_it_was()
    {
        var spec = new RunSpec { ModelPath = "/m", DatasetPath = "/d", Seed = ulong.MaxValue, TargetModules = ["query", "value"],
            LearningRate = 1e-3 };
        var record = new RunRecord
        {
            Submitted = spec, Spec = spec with { ModelHash = "aa" }, State = RunState.Paused, Reason = "é",
                SubmittedAt = DateTimeOffset.UnixEpoch,
            Progress = new RunProgress { Step = 3, Loss = 0.25 }, Checkpoint = new CheckpointRef(1, 3, 1L << 40, 9, "ff"), Membership = 4,
            Version = long.MaxValue, Notices = ["one"],
        };
        RunRecord read = Serializer.Deserialize<RunRecord>(Serializer.Serialize(record));
        Assert.Equal(MessagePackSerializer.Serialize(record), MessagePackSerializer.Serialize(read));
        Assert.Equal(spec.TargetModules, read.Submitted!.TargetModules);
        Assert.Equal((record.State, record.Checkpoint, record.Version), (read.State, read.Checkpoint, read.Version));
    }

    [Fact]
    public void A_job_record_comes_back_with_spec_and_result_of_its_kind()
    {
        var record = new JobRecord
        {
            Spec = new EvaluationSpec
            {
                Name = "n", Silos = ["s1"], ModelPath = "/m", DatasetPath = "/d", Adapter = new AdapterSource("run", null, "ff"),
            },
            State = RunState.Completed, Lease = new SlotLease("eval", 1, ["a"], ["s1"], true),
            Result = new EvaluationResult
            {
                KeyFigure = "k", Correct = 3, Rows = 4, Loss = double.NaN, F1 = new Estimate(0.5, 0.25, 0.75), Confusion = [1, 2, 0, 1],
            },
        };
        JobRecord read = Serializer.Deserialize<JobRecord>(Serializer.Serialize(record));
        Assert.Equal(MessagePackSerializer.Serialize(record), MessagePackSerializer.Serialize(read));
        Assert.Equal("ff", Assert.IsType<EvaluationSpec>(read.Spec).Adapter!.ArtifactId);
        Assert.Equal(new Estimate(0.5, 0.25, 0.75), Assert.IsType<EvaluationResult>(read.Result).F1);
        record.Spec = new BenchmarkSpec { Benchmark = "load", Settings = new Dictionary<string, string> { ["seconds"] = "3" } };
        read = Serializer.Deserialize<JobRecord>(Serializer.Serialize(record));
        Assert.Equal("3", Assert.IsType<BenchmarkSpec>(read.Spec).Settings["seconds"]);
    }

    [Fact]
    public void Requests_and_leases_of_older_programs_are_read()
    {
        object[] old = [(object[])[(object[])["run", 2, (object[])["a"], (object[])["s1"]]], (object[])[(object[])["next", 1, 2, true]]];
        byte[] bytes = MessagePackSerializer.Serialize<object[]>([1, "scheduler", old]);
        SchedulerState read = Serializer.Deserialize<SchedulerState>(new BinaryData(bytes));
        Assert.False(Assert.Single(read.Leases).Exclusive);
        SlotRequest waiting = Assert.Single(read.Queue);
        Assert.Equal(("next", false), (waiting.RunId, waiting.Exclusive));
        Assert.Equal("waits for 1 free trainer slots: 0 are usable now, of 0 on 0 silos",
            new SlotLedger(read.Leases, read.Queue).ReasonOf("next", []));
    }

    [Fact]
    public void A_run_of_an_older_program_has_no_events_and_takes_new_ones()
    {
        byte[] bytes = MessagePackSerializer.Serialize<object?[]>([1, "run", new object?[] { null, null, 0, "earlier" }]);
        RunRecord read = Serializer.Deserialize<RunRecord>(new BinaryData(bytes));
        read.AddEvent(DateTimeOffset.UnixEpoch, "Queued");
        Assert.Equal("earlier", read.Reason);
        Assert.Equal("Queued", Assert.Single(read.Events).Text);
    }

    [Fact]
    public void An_unknown_schema_version_or_kind_is_refused_by_name()
    {
        byte[] bytes = Serializer.Serialize(new RunRecord()).ToArray();
        bytes[1] = 9;
        var version = Assert.Throws<StateSchemaException>(() => Serializer.Deserialize<RunRecord>(new BinaryData(bytes)));
        Assert.Contains("kind 'run' has schema version 9; this program reads version 1", version.Message, StringComparison.Ordinal);
        var kind = Assert.Throws<StateSchemaException>(() => Serializer.Deserialize<RunIndexState>(Serializer.Serialize(new RunRecord())));
        Assert.Contains("is of kind 'run'; expected is 'run-index'", kind.Message, StringComparison.Ordinal);
        Assert.Throws<StateSchemaException>(() => Serializer.Deserialize<RunRecord>(new BinaryData(new byte[] { 0xC1, 1 })));
        Assert.Throws<StateSchemaException>(() => Serializer.Serialize("not ours"));
    }

    [Fact]
    public void A_checkpoint_comes_back_bit_by_bit_from_any_cut()
    {
        var state = new TrainingState(7, 0xFEDCBA9876543210, [1, float.NaN, -0f], [0.1f, 2, 3], [4, 5, float.Epsilon]);
        byte[] bytes = [.. CheckpointCodec.Write(state).SelectMany(p => p.ToArray())];
        TrainingState read = CheckpointCodec.Read(new ReadOnlySequence<byte>(bytes));
        Assert.Equal((state.Step, state.LayoutHash), (read.Step, read.LayoutHash));
        Assert.Equal(Bits(state.Parameters), Bits(read.Parameters));
        Assert.Equal(Bits(state.FirstMoment), Bits(read.FirstMoment));
        Assert.Equal(Bits(state.SecondMoment), Bits(read.SecondMoment));
        BestState best = new(3, 0.5, 1L << 40, 7, 2, [9, -0f]);
        byte[] more = [.. CheckpointCodec.Write(state with { Best = best }).SelectMany(p => p.ToArray())];
        BestState readBest = CheckpointCodec.Read(new ReadOnlySequence<byte>(more)).Best!;
        Assert.Equal(best with { Parameters = readBest.Parameters }, readBest);
        Assert.Equal(Bits(best.Parameters), Bits(readBest.Parameters));
        Assert.Null(read.Best);
        for (int length = 0; length < bytes.Length; length++)
            Assert.Throws<CheckpointException>(() => CheckpointCodec.Read(new ReadOnlySequence<byte>(bytes, 0, length)));
        bytes[1] = 2;
        var version = Assert.Throws<CheckpointException>(() => CheckpointCodec.Read(new ReadOnlySequence<byte>(bytes)));
        Assert.Contains("schema version 2; this program reads version 1", version.Message, StringComparison.Ordinal);
    }

    private static int[] Bits(float[] values) => [.. values.Select(BitConverter.SingleToInt32Bits)];
}

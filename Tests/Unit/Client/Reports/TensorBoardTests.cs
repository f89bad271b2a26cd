using System.Diagnostics;
using System.Text;
using LoraCluster.Client;
using LoraCluster.Client.TensorBoard;
using LoraCluster.Grains.Runs;
using LoraCluster.Reports;

namespace LoraCluster.Tests.Unit.Client.Reports;

public sealed class TensorBoardTests : IDisposable
{
    private const string Run = "run-abcdefgh2345";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_checksum_is_that_of_the_standard()
    {
        Assert.Equal(0xE3069283u, EventFileReading.Crc32C("123456789"u8));
        uint rotated = (0xE3069283u >> 15) | (0xE3069283u << 17);
        Assert.Equal(rotated + 0xa282ead8u, EventRecords.MaskedCrc("123456789"u8));
    }

    [Fact]
    public void A_run_is_read_back_by_another_parser()
    {
        Write(Status(RunState.Completed), steps: 3);
        List<ReadEvent> events = EventFileReading.Read(Assert.Single(Files()));
        Assert.Equal("brain.Event:2", events[0].FileVersion);
        ReadEvent third = events.Single(e => e.Step == 3 && e.Scalars.ContainsKey("train/loss"));
        Assert.Equal(0.25f, third.Scalars["train/loss"]);
        Assert.Equal(320f, third.Scalars["train/samples_per_second"]);
        Assert.Equal(["train/accuracy", "train/grad_norm", "train/learning_rate", "train/loss", "train/samples_per_second"],
            third.Scalars.Keys.Order(StringComparer.Ordinal));
        ReadEvent result = events.Single(e => e.Scalars.ContainsKey("eval/accuracy"));
        Assert.Equal((float)(765.0 / 872), result.Scalars["eval/accuracy"]);
        Assert.Equal(0.3f, result.Scalars["eval/loss"]);
        string settings = events.Single(e => e.Texts.ContainsKey("settings")).Texts["settings"];
        Assert.Contains("| method | lora, rank 8", settings, StringComparison.Ordinal);
        Assert.Equal(events.Select(e => e.WallTime), events.Select(e => e.WallTime).Order());
    }

    [Fact]
    public void What_is_there_is_not_written_again()
    {
        Write(Status(RunState.Running), steps: 3);
        Write(Status(RunState.Running), steps: 5);
        Write(Status(RunState.Completed), steps: 5);
        Write(Status(RunState.Completed), steps: 5);
        List<ReadEvent> events = [.. Files().SelectMany(EventFileReading.Read)];
        Assert.Equal([1, 2, 3, 4, 5], events.Where(e => e.Scalars.ContainsKey("train/loss")).Select(e => e.Step));
        Assert.Single(events, e => e.Scalars.ContainsKey("eval/accuracy"));
        Assert.Single(events, e => e.Texts.Count > 0);
        Assert.Equal(3, Files().Count);
    }

    [Fact]
    public void Evaluations_while_it_trained_are_there_once_and_the_result_is_not_told_twice()
    {
        EvaluationMetrics[] evaluations = [new(2, 0.5, 0.6, 872, 1), new(4, 0.4, 0.7, 872, 1)];
        RunStatus running = Status(RunState.Running), completed = Status(RunState.Completed) with { Progress = FakeCluster.Progress(4, 4) };
        foreach (ReportedRun run in (ReportedRun[])
            [
                new(running, Steps(3)) { Evaluations = evaluations[..1] }, new(completed, Steps(4)) { Evaluations = evaluations },
                new(completed, Steps(4)) { Evaluations = evaluations },
            ])
            TensorBoardLog.Write(_folder.Path, run, TimeProvider.System);
        ReadEvent[] events = [.. Files().SelectMany(EventFileReading.Read).Where(e => e.Scalars.ContainsKey("eval/loss"))];
        Assert.Equal([(2, 0.5f, 0.6f), (4, 0.4f, 0.7f)],
            events.Select(e => ((int)e.Step, e.Scalars["eval/loss"], e.Scalars["eval/accuracy"])));
    }

    [Fact]
    public void After_a_record_that_was_cut_off_a_new_file_goes_on()
    {
        Write(Status(RunState.Running), steps: 3);
        string first = Assert.Single(Files());
        byte[] bytes = File.ReadAllBytes(first);
        File.WriteAllBytes(first, bytes[..^5]);
        Write(Status(RunState.Running), steps: 4);
        List<ReadEvent> events = [.. Files().SelectMany(EventFileReading.Read)];
        Assert.Equal([1, 2, 3, 4], events.Where(e => e.Scalars.ContainsKey("train/loss")).Select(e => e.Step));
    }

    [Fact]
    public async Task Watch_writes_while_the_run_goes_on()
    {
        using var client = new ClientRun(new FakeCluster());
        client.Cluster.Runs[Run] = Status(RunState.Running);
        client.Cluster.Histories[Run] = Steps(4);
        client.Cluster.Complete(4);
        Assert.Equal(ExitCodes.Success, await client.RunAsync("watch", Run, "--tensorboard", _folder.Path));
        List<ReadEvent> events = [.. Files().SelectMany(EventFileReading.Read)];
        Assert.Equal([1, 2, 3, 4], events.Where(e => e.Scalars.ContainsKey("train/loss")).Select(e => e.Step));
    }

    [Fact]
    public async Task Train_detached_has_nobody_to_write_it()
    {
        using var client = new ClientRun(new FakeCluster());
        using var folders = new ModelAndData();
        Assert.Equal(ExitCodes.Usage, await client.RunAsync(folders.Train("--detach", "--tensorboard", _folder.Path)));
        Assert.Contains("tensorboard needs somebody who follows the run", client.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TensorBoard_itself_reads_it()
    {
        string? python = await FindPythonAsync();
        Assert.SkipWhen(python is null, "no Python with the package tensorboard (LORACLUSTER_TENSORBOARD_PYTHON, else python3)");
        Write(Status(RunState.Completed), steps: 3);
        const string script = """
            import sys
            from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
            a = EventAccumulator(sys.argv[1]); a.Reload()
            print([(e.step, e.value) for e in a.Scalars("train/loss")], a.Tags()["tensors"], len(a.Scalars("eval/accuracy")))
            """;
        (int code, string output) = await RunAsync(python!, "-c", script, Path.Combine(_folder.Path, Run));
        Assert.True(code == 0, output);
        Assert.Contains("[(1, 0.5), (2, 0.3333333432674408), (3, 0.25)] ['settings'] 1", output, StringComparison.Ordinal);
    }

    private IReadOnlyList<string> Files() =>
        [.. Directory.EnumerateFiles(Path.Combine(_folder.Path, Run)).Order(StringComparer.Ordinal)];

    private void Write(RunStatus status, int steps) =>
        TensorBoardLog.Write(_folder.Path, new ReportedRun(status, Steps(steps)), TimeProvider.System);

    private static RunStatus Status(RunState state) => FakeCluster.Status(Run, state) with
    {
        Progress = FakeCluster.Progress(3, 5), Result = state == RunState.Completed ? FakeCluster.Result() : null,
    };

    private static List<StepMetrics> Steps(int steps) =>
        [.. Enumerable.Range(1, steps).Select(s => new StepMetrics(s, 1.0 / (s + 1), 0.5, 1e-3, 1.5, 100, 32))];

    private static async Task<string?> FindPythonAsync()
    {
        foreach (string? python in (string?[])[Environment.GetEnvironmentVariable("LORACLUSTER_TENSORBOARD_PYTHON"), "python3"])
        {
            if (string.IsNullOrEmpty(python)) continue;
            try
            {
                if ((await RunAsync(python, "-c", "import tensorboard")).Code == 0) return python;
            }
            catch (System.ComponentModel.Win32Exception) { /* there is no such program */ }
        }
        return null;
    }

    private static async Task<(int Code, string Output)> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Patience);
        return (process.ExitCode, await output + await error);
    }
}

using System.Text.Json;
using LoraCluster.Client;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Tests.Unit.Client;

public sealed class EvaluateCommandTests : IDisposable
{
    private const string Run = "run-abcdefgh2345";
    private readonly TemporaryFolder _folder = new();
    private readonly ClientRun _client = new(new FakeCluster());

    public EvaluateCommandTests()
    {
        Model = Directory.CreateDirectory(_folder.File("model")).FullName;
        File.WriteAllText(Path.Combine(Model, "config.json"), "{}");
        Dataset = Directory.CreateDirectory(_folder.File("dataset")).FullName;
        _client.Cluster.Jobs.End = job => job with { State = RunState.Completed, Result = Result };
        _client.Cluster.Runs[Run] = FakeCluster.Status(Run, RunState.Completed) with
        {
            Result = FakeCluster.Result(),
            Spec = new RunSpec
            {
                ModelPath = "/models/minilm", DatasetPath = "/data/sst2", MaxLength = 77, Dtype = "bf16", TextColumn = "review",
            },
        };
    }

    private string Model { get; }

    private string Dataset { get; }

    private static EvaluationResult Result { get; } = new()
    {
        Correct = 765, Rows = 872, Loss = 0.3, Accuracy = new Estimate(0.877, 0.854, 0.897), Labels = ["bad", "good"],
        Confusion = [370, 58, 49, 395], F1 = new Estimate(0.88, 0.86, 0.9), KeyFigure = "accuracy 87.7 %",
    };

    public void Dispose()
    {
        _client.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_run_s_model_adapter_data_set_and_settings_are_the_defaults()
    {
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("evaluate", Run));
        var spec = Assert.IsType<EvaluationSpec>(_client.Cluster.Jobs.Submitted);
        Assert.Equal(("/models/minilm", "/data/sst2", 77, "bf16", "review"),
            (spec.ModelPath, spec.DatasetPath, spec.MaxLength, spec.Dtype, spec.TextColumn));
        Assert.Equal((Run, new string('a', 64)), (spec.Adapter!.Name, spec.Adapter.ArtifactId));
        Assert.Equal((2, 4, 32), (spec.Evaluators, spec.Threads, spec.BatchSize));
        foreach (string part in new[] { "87.7 % (85.4 to 89.7), 765 of 872", "0.880 (0.860 to 0.900)", "395", "good" })
            Assert.Contains(part, _client.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_win_over_the_run_s_and_scripts_get_one_line()
    {
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("evaluate", "-m", Model, "-a", Run, "-d", Dataset, "--max-length", "50",
            "--dtype", "fp32", "--evaluators", "3", "--threads", "1", "--silos", "silo-2", "--merge", "--json"));
        var spec = Assert.IsType<EvaluationSpec>(_client.Cluster.Jobs.Submitted);
        Assert.Equal((Model, Dataset, 50, "fp32", true), (spec.ModelPath, spec.DatasetPath, spec.MaxLength, spec.Dtype, spec.Merge));
        Assert.Equal((3, 1, "silo-2"), (spec.Evaluators, spec.Threads, Assert.Single(spec.Silos)));
        JsonElement json = Assert.Single(_client.Json);
        Assert.Equal((765, 872, 0.877), (json.GetProperty("correct").GetInt32(), json.GetProperty("rows").GetInt32(),
            json.GetProperty("accuracy").GetDouble()));
        Assert.Equal(0.854, json.GetProperty("accuracyInterval").GetProperty("low").GetDouble());
        Assert.True(JobIds.IsValid(json.GetProperty("jobId").GetString()!));
    }

    [Fact]
    public async Task All_faults_are_told_before_anything_is_connected()
    {
        Assert.Equal(ExitCodes.Usage, await _client.RunAsync("evaluate", "-m", "/none", "--merge", "--dtype", "fp8", "--batch-size", "0",
            "--max-length", "x", "--predictions", "rows.txt", "--packing", "tight"));
        foreach (string fault in new[]
        {
            "model is '/none'", "merge is set", "dtype is 'fp8'; allowed is fp32 or bf16", "batch-size is 0; allowed is 1 or more",
            "max-length is 'x'", "predictions is 'rows.txt'; allowed is a file that ends in .csv or .jsonl", "packing is 'tight'",
            "dataset is missing",
        })
            Assert.Contains(fault, _client.Errors, StringComparison.Ordinal);
        Assert.Null(_client.Cluster.Target);
    }

    [Theory]
    [InlineData("run is 'nothing'", "nothing")]
    [InlineData("is given besides", Run, "-m", Run)]
    public async Task A_run_stands_alone(string fault, params string[] arguments)
    {
        Assert.Equal(ExitCodes.Usage, await _client.RunAsync(["evaluate", .. arguments]));
        Assert.Contains(fault, _client.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_cluster_lacks_is_named()
    {
        using ClientRun silo = new(_client.Cluster), many = new(_client.Cluster), failed = new(_client.Cluster);
        Assert.Equal(ExitCodes.Usage, await silo.RunAsync("evaluate", Run, "--silos", "silo-9"));
        Assert.Contains("silo is 'silo-9'; allowed are the silos there are: silo-1, silo-2", silo.Errors, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Usage, await many.RunAsync("evaluate", Run, "--evaluators", "9"));
        Assert.Contains("evaluators is 9; allowed is at most the silos' slots, 8", many.Errors, StringComparison.Ordinal);
        _client.Cluster.Jobs.End = job => job with { State = RunState.Failed, Reason = "silo silo-1 was lost" };
        Assert.Equal(ExitCodes.Failed, await failed.RunAsync("evaluate", Run));
        Assert.Contains("silo silo-1 was lost", failed.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Jobs_are_shown_cancelled_and_deleted_by_their_id()
    {
        using ClientRun detached = new(_client.Cluster), show = new(_client.Cluster), cancel = new(_client.Cluster),
            delete = new(_client.Cluster), gone = new(_client.Cluster), pause = new(_client.Cluster);
        Assert.Equal(ExitCodes.Success, await detached.RunAsync("evaluate", Run, "--detach", "--json"));
        string job = Assert.Single(detached.Json).GetProperty("jobId").GetString()!;
        Assert.Equal(ExitCodes.Success, await cancel.RunAsync("cancel", job));
        Assert.Equal(ExitCodes.Success, await show.RunAsync("show", job, "--json"));
        Assert.Equal(("Cancelled", "/data/sst2"), (show.Json[0].GetProperty("state").GetString(),
            show.Json[0].GetProperty("spec").GetProperty("dataset").GetString()));
        Assert.Equal(ExitCodes.Success, await delete.RunAsync("delete", job));
        Assert.Equal(ExitCodes.Failed, await gone.RunAsync("show", job));
        Assert.Contains($"there is no job {job}", gone.Errors, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Usage, await pause.RunAsync("pause", job));
    }

    [Fact]
    public async Task Evaluations_while_training_are_asked_for_and_shown()
    {
        using ClientRun show = new(_client.Cluster), json = new(_client.Cluster);
        RunStatus run = _client.Cluster.Runs[Run];
        _client.Cluster.Runs[Run] = run with
        {
            Spec = run.Spec with { EvalSteps = 10, KeepBest = true, Patience = 2 }, Result = run.Result! with { BestStep = 10 },
        };
        _client.Cluster.Evaluations.AddRange([new EvaluationMetrics(10, 0.4321, 0.8123, 872, 1.5), new(20, 0.5, 0.8, 872, 1.5)]);
        Assert.Equal(ExitCodes.Success, await show.RunAsync("show", Run));
        foreach (string part in new[] { "0.4321", "81.2 %", "that of step 10", "every 10 steps, the best by loss is kept" })
            Assert.Contains(part, show.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Success, await json.RunAsync("show", Run, "--json"));
        Assert.Equal([10, 20], json.Json[0].GetProperty("evaluations").EnumerateArray().Select(e => e.GetProperty("step").GetInt32()));
        Assert.Equal(10, json.Json[0].GetProperty("bestStep").GetInt32());
    }

    [Fact]
    public async Task A_run_that_trains_shows_its_evaluations_as_they_come()
    {
        using var folders = new ModelAndData();
        using var train = new ClientRun(new FakeCluster());
        train.Cluster.Then(run => run with { State = RunState.Running, Progress = FakeCluster.Progress(9, 20) });
        train.Cluster.Then(run => run with
        {
            Progress = FakeCluster.Progress(10, 20) with { Evaluation = new EvaluationMetrics(10, 0.4321, 0.8123, 872, 1.5) },
        });
        train.Cluster.Then(run => run with
        {
            State = RunState.Completed, Result = FakeCluster.Result(), Reason = "stopped early at step 10 of 20",
        });
        Assert.Equal(ExitCodes.Success, await train.RunAsync(folders.Train("--eval-steps", "10", "--patience", "1")));
        Assert.Equal((10, 1, false, "loss"), (train.Cluster.Submitted.Spec.EvalSteps!.Value, train.Cluster.Submitted.Spec.Patience!.Value,
            train.Cluster.Submitted.Spec.KeepBest, train.Cluster.Submitted.Spec.BestBy));
        Assert.Contains("held out at step 10: loss 0.4321, accuracy 81.2 %", train.Output, StringComparison.Ordinal);
        Assert.Contains("stopped early at step 10 of 20", train.Output, StringComparison.Ordinal);
    }
}

using Aspire.Hosting.ApplicationModel;
using LoraCluster.AppHost.RunRows;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Tests.Unit.AppHost;

public sealed class RunRowTests
{
    private static readonly RunStatus Running = new()
    {
        RunId = "run-abcdefghijkl",
        Spec = new RunSpec { Name = "mine", ModelPath = "m", DatasetPath = "d" },
        State = RunState.Running,
        Progress = new RunProgress { Step = 45, Steps = 100, Loss = 0.31249, TrainingAccuracy = 0.75, SamplesPerSecond = 812.4 },
    };

    [Fact]
    public void A_running_run_shows_how_far_it_is_and_its_figures()
    {
        var row = Show(Running);

        Assert.Equal("step 45 of 100", row.State?.Text);
        Assert.Equal("loss 0.312, training accuracy 75 %, 812 samples/s", row.Properties.Single(p => p.Name == "resource.source").Value);
        Assert.Null(row.StopTimeStamp);
    }

    [Fact]
    public void A_completed_run_shows_the_held_out_accuracy()
    {
        var result = new RunResult
        {
            Correct = 942, Rows = 1000, EvaluationLoss = 0.2, WeightsSha256 = "ab", WeightsBytes = 1, TrainableParameters = 1,
            TotalParameters = 2, ArtifactId = "a",
        };
        var ended = DateTimeOffset.UnixEpoch.AddDays(1);

        var row = Show(Running with { State = RunState.Completed, Result = result, EndedAt = ended });

        Assert.Equal("Completed 94.2 %", row.State?.Text);
        Assert.Equal(0, row.ExitCode);
        Assert.Equal(ended.UtcDateTime, row.StopTimeStamp);
        Assert.Equal("accuracy 94.2 %", row.Properties.Single(p => p.Name == "Accuracy").Value);
    }

    [Fact]
    public void Before_the_first_step_the_row_says_what_the_run_waits_for()
    {
        var queued = Running with { State = RunState.Queued, Progress = new RunProgress(), Reason = "waits for 2 free slots" };

        var row = Show(queued);

        Assert.Equal("Queued", row.State?.Text);
        Assert.Equal("waits for 2 free slots", row.Properties.Single(p => p.Name == "resource.source").Value);
        Assert.DoesNotContain(row.Properties, p => p.Name == "Loss");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(1_234_567)]
    public void State_texts_fit_the_column(int step)
    {
        foreach (var state in Enum.GetValues<RunState>())
        {
            string text = RunRow.StateText(Running with { State = state, Progress = new RunProgress { Step = step, Steps = 2 * step } });
            Assert.InRange(text.Length, 1, RowContent.Width);
            Assert.DoesNotContain('/', text);
        }
    }

    [Fact]
    public void The_buttons_know_where_the_run_stands_whatever_the_column_shows()
    {
        foreach (var state in Enum.GetValues<RunState>()) Assert.Equal(state, RowContent.StandingOf(Show(Running with { State = state })));
        Assert.Null(RowContent.StandingOf(RunRow.Of(Running).Initial()));
    }

    [Fact]
    public void What_goes_on_is_always_shown_and_of_what_is_over_the_newest()
    {
        RunSummary Summary(int k, RunState state) =>
            new(FormattableString.Invariant($"run-{k}"), "", state, default, 0, 0, double.NaN, "lora", "m");
        RunSummary[] listed = [.. Enumerable.Range(0, 60).Select(k => Summary(k, k % 3 == 0 ? RunState.Running : RunState.Completed))];

        var shown = RunRowsFeed.Choose(listed);

        Assert.Equal(20, shown.Count(s => s.State == RunState.Running));
        Assert.Equal(
            listed.Where(s => s.State == RunState.Completed).Take(RunRowsFeed.MostFinished),
            shown.Where(s => s.State == RunState.Completed));
    }

    [Fact]
    public void An_evaluation_shows_its_figures_with_their_intervals_and_a_benchmark_its_measurements()
    {
        var evaluation = new JobStatus
        {
            JobId = "eval-abcdefghijkl", State = RunState.Completed, Spec = new EvaluationSpec { ModelPath = "m", DatasetPath = "d" },
            Result = new EvaluationResult
            {
                KeyFigure = "accuracy 87.7 %", Correct = 765, Rows = 872, Loss = 0.3, Accuracy = new Estimate(0.877, 0.853, 0.898),
            },
        };
        var row = JobRow.Of(evaluation).Show(
            JobRow.Of(evaluation).Initial(), ("page", "http://127.0.0.1:1/runs/e"), ("report", "http://127.0.0.1:1/report?run=e"));
        Assert.Equal(("Evaluation", "accuracy 87.7 %"), (row.ResourceType, row.State?.Text));
        Assert.Equal("87.7 % (85.3 to 89.8 with 95 % confidence)", row.Properties.Single(p => p.Name == "Accuracy").Value);
        Assert.Equal([("page", "http://127.0.0.1:1/runs/e"), ("report", "http://127.0.0.1:1/report?run=e")],
            row.Urls.Select(u => (u.Name, u.Url)));

        var benchmark = evaluation with
        {
            JobId = "bench-abcdefghijkl", Spec = new BenchmarkSpec { Benchmark = "inference" },
            Result = new BenchmarkResult
            {
                KeyFigure = "merged is 1.37 times as fast as unmerged",
                Measurements =
                [
                    new Measurement { Configuration = "merged", Quantity = "latency", Unit = "ms", Median = 12.5, Ratio = 0.73 },
                ],
            },
        };
        row = JobRow.Of(benchmark).Show(JobRow.Of(benchmark).Initial());
        Assert.Equal(("Benchmark", "Completed"), (row.ResourceType, row.State?.Text));
        Assert.Equal("12.5 ms, 0.73 times the baseline", row.Properties.Single(p => p.Name == "merged, latency").Value);
        Assert.Equal("part 3 of 8", JobRow.StateText(benchmark with { State = RunState.Running, Done = 3, Total = 8 }));
    }

    private static CustomResourceSnapshot Show(RunStatus run) => RunRow.Of(run).Show(RunRow.Of(run).Initial());
}

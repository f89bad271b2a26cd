using LoraCluster.AppHost.RunRows;
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
        var row = RunRow.Show(RunRow.Initial, Running);

        Assert.Equal("Running 45 %", row.State?.Text);
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

        var row = RunRow.Show(RunRow.Initial, Running with { State = RunState.Completed, Result = result, EndedAt = ended });

        Assert.Equal("Completed", row.State?.Text);
        Assert.Equal(0, row.ExitCode);
        Assert.Equal(ended.UtcDateTime, row.StopTimeStamp);
        Assert.Equal("accuracy 94.2 %", row.Properties.Single(p => p.Name == "Accuracy").Value);
    }

    [Fact]
    public void Before_the_first_step_the_row_says_what_the_run_waits_for()
    {
        var queued = Running with { State = RunState.Queued, Progress = new RunProgress(), Reason = "waits for 2 free slots" };

        var row = RunRow.Show(RunRow.Initial, queued);

        Assert.Equal("Queued", row.State?.Text);
        Assert.Equal("waits for 2 free slots", row.Properties.Single(p => p.Name == "resource.source").Value);
        Assert.DoesNotContain(row.Properties, p => p.Name == "Loss");
    }

    [Fact]
    public void State_texts_fit_the_column()
    {
        foreach (var state in Enum.GetValues<RunState>())
        {
            string text = RunRow.StateText(Running with { State = state, Progress = new RunProgress { Step = 100, Steps = 100 } });
            Assert.InRange(text.Length, 1, 20);
            Assert.DoesNotContain('/', text);
        }
    }
}

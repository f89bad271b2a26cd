using LoraCluster.Client;
using LoraCluster.Client.Following;
using LoraCluster.Client.Rendering;
using LoraCluster.Grains.Runs;
using LoraCluster.Reports.Words;
using Microsoft.Extensions.Time.Testing;
using Spectre.Console;
using Spectre.Console.Testing;

namespace LoraCluster.Tests.Unit.Client;

public sealed class ProgressTests
{
    private const string Run = "run-abcdefgh2345";

    public static TheoryData<int> Widths => [.. Enumerable.Range(1, 40), 80, 200];

    [Theory]
    [MemberData(nameof(Widths))]
    public void The_view_fits_every_width(int width)
    {
        foreach (RunState state in Enum.GetValues<RunState>())
        {
            foreach (int step in (int[])[0, 5, 10])
            {
                using var console = new TestConsole();
                console.Profile.Width = width;
                RunStatus status = Status(state, step) with { Reason = "waits for 2 free slots\n[red]日本語のテキスト[/]" };
                console.Write(new RunProgressView { Status = status });
                Assert.All(console.Lines, line =>
                    Assert.True(line.Sum(c => c > 0x2E80 ? 2 : 1) <= width, $"'{line}' is wider than {width}"));
            }
        }
    }

    [Fact]
    public void The_view_has_the_figures_where_there_is_room()
    {
        using var console = new TestConsole();
        console.Profile.Width = 100;
        console.Write(new RunProgressView { Status = Status(RunState.Running, 5) });
        foreach (string expected in (string[])["running", Run, "50 %", "step 5/10", "loss 0.6931", "accuracy 75.0 %", "413 samples/s",
            "2.5 s left"])
            Assert.Contains(expected, console.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_terminal_gets_a_live_display()
    {
        using var client = new ClientRun(new FakeCluster());
        client.Console.Profile.Capabilities.Ansi = true;
        client.Console.Interactive();
        client.Cluster.Runs[Run] = Status(RunState.Running, 1);
        client.Cluster.Complete();
        Assert.Equal(ExitCodes.Success, await client.RunAsync("watch", Run));
        Assert.Contains("step 10/10", client.Output, StringComparison.Ordinal);
        Assert.Contains("765 of 872", client.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interrupt_in_a_terminal_is_answered_below_the_bar()
    {
        using var folders = new ModelAndData();
        using var client = new ClientRun(new FakeCluster());
        client.Console.Profile.Capabilities.Ansi = true;
        client.Console.Interactive();
        Task<int> running = client.StartAsync(folders.Train());
        await client.Cluster.Waited.WaitAsync(TimeSpan.FromSeconds(30));
        client.Interrupts.Raise();
        Assert.Equal(ExitCodes.Interrupted, await running.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Contains("Ctrl+C again leaves at once", client.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_silence_is_noted()
    {
        var time = new FakeTimeProvider();
        var notes = new List<string>();
        var cluster = new FakeCluster();
        cluster.Runs[Run] = Status(RunState.Running, 1);
        Task<RunStatus> following = new RunFollower(cluster, time, notes.Add).FollowAsync(cluster.Runs[Run], _ => { }, default);
        time.Advance(RunFollower.Patience);
        Assert.Empty(notes);
        time.Advance(RunFollower.Patience);
        cluster.Then(run => run with { State = RunState.Completed });
        await following.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(["cluster test at 127.0.0.1:1 does not answer; trying on"], notes);
    }

    [Fact]
    public void Time_left_is_unknown_before_the_first_step()
    {
        Assert.Equal(double.NaN, ProgressText.SecondsLeft(new RunProgress()));
        Assert.Equal(double.NaN, ProgressText.SecondsLeft(new RunProgress { Steps = 10 }));
        Assert.Equal(0, ProgressText.Share(new RunProgress()));
    }

    [Fact]
    public async Task Lines_come_at_changes_of_state_and_every_few_seconds()
    {
        var time = new FakeTimeProvider();
        using var console = new TestConsole();
        await new LineRunPresenter(console.Profile.Out.Writer, console, time).PresentAsync(show =>
        {
            show(Status(RunState.Queued, 0));
            show(Status(RunState.Queued, 0));
            for (int step = 1; step <= 10; step++)
            {
                time.Advance(TimeSpan.FromSeconds(1));
                show(Status(RunState.Running, step));
            }
            show(Status(RunState.Completed, 10));
            return Task.FromResult(Status(RunState.Completed, 10));
        });
        Assert.Equal(["queued", "running  step 1/10", "running  step 6/10", "completed"],
            console.Lines.Select(line =>
                string.Join("  ", line.Split("  ").Skip(1).Take(line.Contains("running", StringComparison.Ordinal) ? 2 : 1))));
    }

    [Fact]
    public async Task A_remark_is_told_once_as_soon_as_it_is_there()
    {
        using var console = new TestConsole();
        await new LineRunPresenter(console.Profile.Out.Writer, console, new FakeTimeProvider()).PresentAsync(show =>
        {
            show(Status(RunState.Preparing, 0));
            show(Status(RunState.Running, 0) with { Notices = ["no module ends in qq"] });
            show(Status(RunState.Running, 1) with { Notices = ["no module ends in qq", "another"] });
            return Task.FromResult(Status(RunState.Completed, 10));
        });
        Assert.Equal(["note: no module ends in qq", "note: another"],
            console.Lines.Where(line => line.StartsWith("note", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(0.04, "0.0 s")]
    [InlineData(9.96, "10.0 s")]
    [InlineData(59.4, "59 s")]
    [InlineData(59.6, "1:00 min")]
    [InlineData(3599.6, "1:00:00 h")]
    [InlineData(90061, "25:01:01 h")]
    [InlineData(double.NaN, "-")]
    [InlineData(-1, "-")]
    public void Durations_read_well(double seconds, string expected) => Assert.Equal(expected, Figures.Duration(seconds));

    [Theory]
    [InlineData(999, "999 B")]
    [InlineData(295_000, "295.0 kB")]
    [InlineData(1_180_000, "1.18 MB")]
    [InlineData(90_868_376_000, "90.87 GB")]
    public void Bytes_read_well(long bytes, string expected) => Assert.Equal(expected, Figures.Bytes(bytes));

    private static RunStatus Status(RunState state, int step) => FakeCluster.Status(Run, state) with
    {
        Progress = step == 0 ? new RunProgress() : FakeCluster.Progress(step, 10), Version = step,
    };
}

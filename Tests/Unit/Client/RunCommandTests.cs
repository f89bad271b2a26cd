using System.Text.Json;
using LoraCluster.Client;
using LoraCluster.Grains;
using LoraCluster.Grains.Runs;
using Spectre.Console.Testing;

namespace LoraCluster.Tests.Unit.Client;

public sealed class RunCommandTests : IDisposable
{
    private const string Run = "run-abcdefgh2345";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly ClientRun _client = new(new FakeCluster());

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Runs_lists_what_is_there()
    {
        Have(RunState.Completed, FakeCluster.Result());
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("runs"));
        foreach (string expected in (string[])[Run, "completed", "87.7 %", "minilm"])
            Assert.Contains(expected, _client.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Runs_in_json_has_one_object_a_line_and_no_accuracy_before_the_end()
    {
        Have(RunState.Running);
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("runs", "--json", "--count", "5"));
        JsonElement run = Assert.Single(_client.Json);
        Assert.Equal(Run, run.GetProperty("run").GetString());
        Assert.Equal(JsonValueKind.Null, run.GetProperty("accuracy").ValueKind);
    }

    [Fact]
    public async Task Drain_says_what_it_means_and_undrain_takes_it_back()
    {
        FakeCluster cluster = _client.Cluster;
        cluster.Nodes[1] = cluster.Nodes[1] with { SlotsUsed = 1, Runs = [Run] };
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("drain", "silo-2"));
        Assert.True(cluster.Nodes[1].IsDraining);
        Assert.Contains($"silo-2 drains: {Run} leave", _client.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("drain", "silo-1"));
        Assert.Contains("silo-1 is drained", _client.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("undrain", "silo-2"));
        Assert.False(cluster.Nodes[1].IsDraining);
        Assert.Equal(ExitCodes.Failed, await _client.RunAsync("drain", "silo-7"));
        Assert.Contains("there are silo-1, silo-2", _client.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Runs_without_runs_says_so()
    {
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("runs"));
        Assert.Contains("no runs in cluster test", _client.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Usage, await _client.RunAsync("runs", "--count", "0"));
    }

    [Fact]
    public async Task Show_tells_everything()
    {
        Have(RunState.Failed, reason: "silo-2 was lost");
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("show", Run));
        foreach (string expected in (string[])["failed", "silo-2 was lost", "/models/minilm", "rank 8", "q,v", "AdamW"])
            Assert.Contains(expected, _client.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_in_json_has_the_spec()
    {
        Have(RunState.Completed, FakeCluster.Result());
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("show", Run, "--json"));
        JsonElement run = Assert.Single(_client.Json);
        Assert.Equal(8, run.GetProperty("spec").GetProperty("rank").GetInt32());
        Assert.Equal(0UL, run.GetProperty("spec").GetProperty("seed").GetUInt64());
        Assert.Equal(JsonValueKind.Null, run.GetProperty("spec").GetProperty("lr").ValueKind);
        Assert.Equal(0.3, run.GetProperty("evaluationLoss").GetDouble());
    }

    [Theory]
    [InlineData("show")]
    [InlineData("watch")]
    [InlineData("cancel")]
    [InlineData("pause")]
    [InlineData("resume")]
    [InlineData("delete")]
    [InlineData("adapter", "pull")]
    public async Task A_run_that_is_not_there_or_no_run_at_all_is_an_error(params string[] command)
    {
        Assert.Equal(ExitCodes.Failed, await _client.RunAsync([.. command, Run]));
        Assert.Contains($"there is no run {Run} in cluster test", _client.Errors, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Usage, await _client.RunAsync([.. command, "run-1"]));
        Assert.Contains("run is 'run-1'; allowed is an id", _client.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_follows_to_the_end()
    {
        Have(RunState.Running);
        _client.Cluster.Complete(3);
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("watch", Run, "--json"));
        Assert.Equal("result", _client.Json[^1].GetProperty("event").GetString());
    }

    [Fact]
    public async Task An_interrupted_watch_leaves_the_run_alone()
    {
        Have(RunState.Running);
        Task<int> watching = _client.StartAsync("watch", Run);
        await _client.Cluster.Waited.WaitAsync(Patience);
        _client.Interrupts.Raise();
        Assert.Equal(ExitCodes.Interrupted, await watching.WaitAsync(Patience));
        Assert.Empty(_client.Cluster.Calls);
        Assert.Contains($"{Run} goes on", _client.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cancel", "cancelled at step 3; a checkpoint of step 3 is kept")]
    [InlineData("pause", "paused at step 3; a checkpoint of step 3 is kept")]
    public async Task Cancel_and_pause_wait_until_the_run_is_at_rest(string command, string expected)
    {
        Have(RunState.Running);
        Assert.Equal(ExitCodes.Success, await _client.RunAsync(command, Run));
        Assert.Contains(expected, _client.Output, StringComparison.Ordinal);
        Assert.Equal([$"{command} {Run}"], _client.Cluster.Calls);
    }

    [Fact]
    public async Task A_run_that_completes_instead_of_pausing_is_no_success()
    {
        Have(RunState.Running);
        _client.Cluster.Then(run => run with { State = RunState.Completed, Result = FakeCluster.Result() });
        Assert.Equal(ExitCodes.Failed, await _client.RunAsync("pause", Run));
        Assert.Contains("is completed", _client.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Detached_pause_returns_at_once()
    {
        Have(RunState.Running);
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("pause", Run, "--detach", "--json"));
        Assert.Equal("Pausing", Assert.Single(_client.Json).GetProperty("state").GetString());
    }

    [Fact]
    public async Task Resume_goes_on_and_may_be_followed()
    {
        Have(RunState.Paused);
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("resume", Run));
        Assert.Contains("goes on from step 3", _client.Output, StringComparison.Ordinal);
        _client.Cluster.Complete(3);
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("resume", Run, "--watch"));
        Assert.Contains("765 of 872", _client.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_the_cluster_refuses_fails_with_its_words()
    {
        Have(RunState.Completed, FakeCluster.Result());
        _client.Cluster.ControlFault = new ClusterRequestException("the run is Completed and cannot be resumed");
        Assert.Equal(ExitCodes.Failed, await _client.RunAsync("resume", Run, "--json"));
        Assert.Equal("the run is Completed and cannot be resumed", Assert.Single(_client.Json).GetProperty("errors")[0].GetString());
    }

    [Fact]
    public async Task Delete_asks_in_a_terminal_and_not_elsewhere()
    {
        Have(RunState.Completed, FakeCluster.Result());
        _client.Console.Interactive();
        _client.Console.Input.PushTextWithEnter("n");
        Assert.Equal(ExitCodes.Failed, await _client.RunAsync("delete", Run));
        Assert.True(_client.Cluster.Runs.ContainsKey(Run));
        _client.Console.Input.PushTextWithEnter("y");
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("delete", Run));
        Assert.False(_client.Cluster.Runs.ContainsKey(Run));

        using var script = new ClientRun(new FakeCluster());
        script.Cluster.Runs[Run] = FakeCluster.Status(Run, RunState.Failed);
        Assert.Equal(ExitCodes.Success, await script.RunAsync("delete", Run, "--json"));
        Assert.Empty(script.Cluster.Runs);
    }

    [Fact]
    public async Task Cluster_succeeds_with_at_least_one_silo()
    {
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("cluster"));
        Assert.Contains("2 active silos", _client.Output, StringComparison.Ordinal);
        using var scripted = new ClientRun(new FakeCluster());
        Assert.Equal(ExitCodes.Success, await scripted.RunAsync("cluster", "--json"));
        Assert.Equal(["silo-1", "silo-2"], scripted.Json.Select(line => line.GetProperty("silo").GetString()));
        scripted.Cluster.Nodes.Clear();
        Assert.Equal(ExitCodes.NoCluster, await scripted.RunAsync("cluster"));
    }

    [Fact]
    public async Task No_cluster_is_a_clear_error()
    {
        var fault = new ClientException(ExitCodes.NoCluster, "no cluster runs on this machine");
        using var client = new ClientRun(new FakeCluster { ConnectFault = fault });
        Assert.Equal(ExitCodes.NoCluster, await client.RunAsync("runs", "--json"));
        Assert.Equal(ExitCodes.NoCluster, Assert.Single(client.Json).GetProperty("exitCode").GetInt32());
    }

    private void Have(RunState state, RunResult? result = null, string reason = "") =>
        _client.Cluster.Runs[Run] = FakeCluster.Status(Run, state) with
    {
        Result = result, Reason = reason, CheckpointStep = 3,
        Progress = state == RunState.Completed ? FakeCluster.Progress(10, 10) : new RunProgress { Step = 3, Steps = 10 },
    };
}

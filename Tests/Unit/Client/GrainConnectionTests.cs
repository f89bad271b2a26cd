using System.Reflection;
using LoraCluster.Client;
using LoraCluster.Client.Connection;
using LoraCluster.Grains;
using LoraCluster.Grains.Runs;
using Microsoft.Extensions.Time.Testing;
using Orleans;
using Orleans.Runtime;

namespace LoraCluster.Tests.Unit.Client;

public sealed class GrainConnectionTests
{
    private const string Run = "run-abcdefgh2345";
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task A_lost_answer_is_no_failure_if_the_request_took_effect()
    {
        var grain = new ScriptedRun { State = RunState.Cancelling };
        grain.Cancel = attempt => attempt == 1 ? throw new SiloUnavailableException("the silo went")
            : throw new ClusterRequestException("the run is Cancelling");
        await AdvanceAsync(Connect(grain).CancelAsync(Run, default));
    }

    [Fact]
    public async Task A_repetition_that_is_refused_for_another_reason_is_a_failure()
    {
        var grain = new ScriptedRun { State = RunState.Completed };
        grain.Cancel = attempt => attempt == 1 ? throw new SiloUnavailableException("the silo went")
            : throw new ClusterRequestException("the run is Completed");
        await Assert.ThrowsAsync<ClusterRequestException>(() => AdvanceAsync(Connect(grain).CancelAsync(Run, default)));
    }

    [Fact]
    public async Task A_refusal_is_passed_on_at_once()
    {
        var grain = new ScriptedRun { State = RunState.Cancelled, Cancel = _ => throw new ClusterRequestException("the run is Cancelled") };
        await Assert.ThrowsAsync<ClusterRequestException>(() => Connect(grain).CancelAsync(Run, default));
        Assert.Equal(1, grain.Attempts);
    }

    [Fact]
    public async Task A_cluster_that_stays_silent_is_lost()
    {
        var grain = new ScriptedRun { Cancel = _ => throw new TimeoutException("no answer") };
        var lost = await Assert.ThrowsAsync<ClientException>(() => AdvanceAsync(Connect(grain).CancelAsync(Run, default)));
        Assert.Equal(ExitCodes.NoCluster, lost.ExitCode);
        Assert.Contains("cluster test no longer answers (tried for 30 s; last: TimeoutException: no answer)", lost.Message,
            StringComparison.Ordinal);
        Assert.True(grain.Attempts > 3);
    }

    private GrainConnection Connect(ScriptedRun grain)
    {
        IGrainFactory factory = DispatchProxy.Create<IGrainFactory, OneGrain>();
        IRunGrain proxy = DispatchProxy.Create<IRunGrain, RunProxy>();
        ((RunProxy)(object)proxy).Run = grain;
        ((OneGrain)(object)factory).Grain = proxy;
        return new GrainConnection(factory, "cluster test", _time, TimeSpan.FromSeconds(30), () => ValueTask.CompletedTask);
    }

    private async Task AdvanceAsync(Task call)
    {
        for (int seconds = 0; seconds < 1000 && !call.IsCompleted; seconds++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        await call.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private sealed class ScriptedRun
    {
        public RunState State { get; init; }

        public Func<int, Task> Cancel { get; set; } = _ => Task.CompletedTask;

        public int Attempts { get; set; }
    }

    /// <summary>A factory that has one grain.</summary>
    public class OneGrain : DispatchProxy
    {
        public object? Grain { get; set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => Grain;
    }

    /// <summary>A run that is cancelled as the script says.</summary>
    public class RunProxy : DispatchProxy
    {
        internal object? Run { get; set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            var run = (ScriptedRun)Run!;
            return targetMethod?.Name == nameof(IRunGrain.CancelAsync) ? run.Cancel(++run.Attempts)
                : Task.FromResult<RunStatus?>(FakeCluster.Status(GrainConnectionTests.Run, run.State));
        }
    }
}

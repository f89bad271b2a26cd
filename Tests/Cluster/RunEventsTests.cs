using LoraCluster.Grains.Runs;

namespace LoraCluster.Tests.Cluster;

/// <summary>A run tells what happened to it.</summary>
[Trait("Category", "Cluster")]
public sealed class RunEventsTests
{
    [Fact]
    public async Task The_changes_of_state_are_kept_in_order_and_outlast_the_cluster()
    {
        var storage = new SharedStorage();
        string id;
        await using (FakeCluster cluster = await FakeCluster.StartAsync(2, storage))
        {
            IRunGrain run = await cluster.SubmitAsync(FakeCluster.Spec());
            id = (await FakeCluster.UntilAsync(run, RunState.Completed)).RunId;
            Assert.Equal(["Queued", "Preparing", "Running", "Completed"], await StatesAsync(run));
        }
        await using FakeCluster next = await FakeCluster.StartAsync(1, storage);
        Assert.Equal(["Queued", "Preparing", "Running", "Completed"], await StatesAsync(next.Grains.GetGrain<IRunGrain>(id)));
    }

    [Fact]
    public void Of_many_the_latest_are_kept()
    {
        var record = new RunRecord();
        for (int k = 0; k < RunEvent.Most + 5; k++) record.AddEvent(DateTimeOffset.UnixEpoch, $"{k}");

        Assert.Equal(RunEvent.Most, record.Events.Count);
        Assert.Equal("5", record.Events[0].Text);
    }

    private static async Task<IEnumerable<string>> StatesAsync(IRunGrain run) =>
        (await run.GetEventsAsync()).Select(e => e.Text.Split(':')[0]).Where(t => Enum.TryParse<RunState>(t, out _));
}

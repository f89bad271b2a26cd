using LoraCluster.AppHost;
using Microsoft.Extensions.Time.Testing;

namespace LoraCluster.Tests.Unit.AppHost;

public sealed class RestartBudgetTests
{
    private readonly FakeTimeProvider time = new();

    [Fact]
    public void Pauses_grow_and_end()
    {
        var budget = new RestartBudget(time);

        double?[] pauses = [.. Enumerable.Range(0, RestartBudget.Most + 1).Select(_ => budget.TryTake()?.TotalSeconds)];

        Assert.Equal([0, 1, 2, 4, 8, null], pauses);
    }

    [Fact]
    public void After_the_window_it_begins_anew()
    {
        var budget = new RestartBudget(time);
        for (int k = 0; k < RestartBudget.Most; k++) budget.TryTake();

        time.Advance(RestartBudget.Window + TimeSpan.FromSeconds(1));

        Assert.Equal(TimeSpan.Zero, budget.TryTake());
    }
}

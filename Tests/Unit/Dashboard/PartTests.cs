using Bunit;
using LoraCluster.Dashboard.Cluster;
using LoraCluster.Dashboard.Components.Parts;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Runs;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor.Services;

namespace LoraCluster.Tests.Unit.Dashboard;

/// <summary>Parts of pages, without a browser.</summary>
public sealed class PartTests : BunitContext
{
    private readonly PagesCluster cluster = new();

    public PartTests()
    {
        JSInterop.Mode = JSRuntimeMode.Loose;
        Services.AddMudServices();
        Services.AddSingleton<ICluster>(cluster);
    }

    [Theory]
    [InlineData(RunState.Running, true, false, true)]
    [InlineData(RunState.Queued, true, false, true)]
    [InlineData(RunState.Preparing, false, false, true)]
    [InlineData(RunState.Paused, false, true, true)]
    [InlineData(RunState.Failed, false, true, false)]
    [InlineData(RunState.Completed, false, false, false)]
    public void Buttons_are_there_for_what_the_state_allows(RunState state, bool pause, bool resume, bool cancel)
    {
        IRenderedComponent<Actions> part = Render<Actions>(p => p.Add(a => a.Id, PagesCluster.IdOf(1)).Add(a => a.State, state)
            .Add(a => a.CanPause, true));

        Assert.Equal([pause, resume, cancel], part.FindAll("button").Select(b => !b.HasAttribute("disabled")));
    }

    [Fact]
    public void A_refusal_is_shown_in_the_clusters_own_words_until_the_next_try()
    {
        cluster.Refusal = "run-x is Completed; this is possible in Queued, Running";
        IRenderedComponent<Actions> part = Render<Actions>(p => p.Add(a => a.Id, PagesCluster.IdOf(1)).Add(a => a.State, RunState.Running)
            .Add(a => a.CanPause, true));

        part.FindAll("button")[0].Click();
        Assert.Equal(cluster.Refusal, part.Find("[role=alert]").TextContent);
        cluster.Refusal = null;
        part.FindAll("button")[0].Click();
        Assert.Empty(part.FindAll("[role=alert]"));
        Assert.Equal(2, cluster.CallsOf($"Pause {PagesCluster.IdOf(1)}"));
    }

    [Fact]
    public void An_evaluation_shows_intervals_and_the_confusion_of_its_classes()
    {
        IRenderedComponent<EvaluationPanel> part = Render<EvaluationPanel>(p => p.Add(e => e.Result, Jobs.Evaluation));

        Assert.Contains("95 %: 85.3 % to 89.6 %", part.Markup, StringComparison.Ordinal);
        Assert.Equal(["380", "48", "60", "384"], part.FindAll("[data-test=confusion] tbody td").Select(t => t.TextContent));
    }

    [Fact]
    public void A_benchmark_is_a_table_and_bars_for_each_quantity_with_more_than_one_value()
    {
        IRenderedComponent<BenchmarkPanel> part = Render<BenchmarkPanel>(p => p.Add(b => b.Result, Jobs.Benchmark));

        Assert.Equal(5, part.FindAll("[data-test=measurements] tbody tr").Count);
        Assert.Equal("step time", Assert.Single(part.FindAll("[data-chart]")).GetAttribute("data-chart"));
        Assert.Contains("1.190 (1.170 – 1.210)", part.Markup, StringComparison.Ordinal);
    }
}

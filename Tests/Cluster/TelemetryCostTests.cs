using System.Diagnostics;
using System.Globalization;
using LoraCluster.Grains.Runs;
using LoraCluster.ServiceDefaults;
using LoraCluster.Tests.EndToEnd;
using Microsoft.Extensions.Hosting;

namespace LoraCluster.Tests.Cluster;

/// <summary>
/// What telemetry costs a step, for docs/telemetry.md: runs of a hundred steps in turn, with and without everything exported once a
/// second. Processor time rather than time by the clock, so that other processes hardly matter.
/// </summary>
public sealed class TelemetryCostTests
{
    private const int Steps = 100, Pairs = 24;

    [Fact(Explicit = true)]
    public async Task A_step_with_and_without_telemetry()
    {
        using OtlpReceiver collector = OtlpReceiver.Start();
        await using FakeCluster cluster = await FakeCluster.StartAsync(2);
        await RunAsync(cluster);
        var with = new List<double>();
        var without = new List<double>();
        for (int pair = 0; pair < Pairs; pair++)
        {
            // Each comes first in turn.
            if (pair % 2 == 0) without.Add(await RunAsync(cluster));
            using (IHost host = Exporting(collector.Endpoint))
            {
                await host.StartAsync();
                with.Add(await RunAsync(cluster));
                await host.StopAsync();
            }
            if (pair % 2 == 1) without.Add(await RunAsync(cluster));
        }
        double[] differences = [.. with.Zip(without, (w, o) => w - o).Order()];
        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"processor time of a step: {Median(without):F3} ms without, {Median(with):F3} ms with; paired differences "
            + $"{differences[Pairs / 4]:F3}, {Median(differences):F3}, {differences[3 * Pairs / 4]:F3} ms (quartiles), "
            + $"{collector.Spans.Count} spans, {Pairs * Steps} steps of 2 trainers"));
        Assert.NotEmpty(collector.Spans);
        Assert.NotEmpty(collector.Metrics);
    }

    /// <summary>Milliseconds of processor time for a step.</summary>
    private static async Task<double> RunAsync(FakeCluster cluster)
    {
        using var self = Process.GetCurrentProcess();
        TimeSpan before = self.TotalProcessorTime;
        await cluster.TrainAsync(FakeCluster.Spec() with { Epochs = Steps / 5 });
        self.Refresh();
        return (self.TotalProcessorTime - before).TotalMilliseconds / Steps;
    }

    private static IHost Exporting(string endpoint)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint;
        builder.Configuration["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        builder.Configuration["OTEL_METRIC_EXPORT_INTERVAL"] = "1000";
        builder.AddServiceDefaults("cost");
        return builder.Build();
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}

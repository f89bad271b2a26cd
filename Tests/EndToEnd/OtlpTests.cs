using System.Globalization;
using System.Net;
using LoraCluster.Grains;
using LoraCluster.QuickStart;
using LoraCluster.ServiceDefaults;

namespace LoraCluster.Tests.EndToEnd;

/// <summary>What two silos and a client tell any collector that the standard environment variables name.</summary>
[Trait("Category", "EndToEnd")]
[Collection(EndToEndCollection.Name)]
public sealed class OtlpTests : IDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(3), StepPatience = TimeSpan.FromSeconds(60);
    private static readonly string[] OfAnAccelerator = [TelemetryNames.GpuMemory, TelemetryNames.GpuMemoryLimit];
    private readonly TemporaryFolder folder = new();
    private readonly OtlpReceiver collector = OtlpReceiver.Start();
    private readonly string store = FormattableString.Invariant($"127.0.0.1:{FreePort.On(IPAddress.Loopback)}");

    public void Dispose()
    {
        collector.Dispose();
        folder.Dispose();
    }

    private (string, string)[] Environment =>
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Endpoint), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "X-Key=secret"), ("OTEL_METRIC_EXPORT_INTERVAL", "1000"), ("OTEL_BSP_SCHEDULE_DELAY", "500"),
        ("OTEL_BLRP_SCHEDULE_DELAY", "500"), ("LORACLUSTER_THREADS", "1"),
    ];

    [Fact]
    public async Task A_run_reports_each_documented_metric_and_none_besides_and_one_trace_across_client_and_silos()
    {
        await using var server = ProgramUnderTest.Start(
            "Store", ["--port", store.Split(':')[1], "--data", folder.File("store")]);
        await server.LineAsync("Store: ", StartPatience);
        await using var first = Silo("silo-1", "--cluster", "otlp");
        await first.LineAsync("silo-1: active", StartPatience);
        await using var second = Silo("silo-2");
        await second.LineAsync("silo-2: active", StartPatience);

        SentimentDataset.Generate().Write(folder.File("dataset"));
        string model = Path.Combine(SharedData.RepositoryRoot(), "Client", "QuickStart");
        var (code, lines) = await ProgramUnderTest.RunAsync(
            "Client", ["train", "--model", model, "--dataset", folder.File("dataset"), "--max-steps", "40", "--trainers", "2",
                "--redis", store], StartPatience, Environment);
        Assert.True(code == 0, string.Join('\n', lines));
        string run = lines.SelectMany(line => line.Split(' ')).First(word => word.StartsWith("run-", StringComparison.Ordinal));
        await collector.UntilAsync(c => Missing(c).Length == 0 && FullTrace(c) is not null, "every metric and a whole trace", StepPatience);

        OtlpMetric[] ours = [.. collector.Metrics.Where(m => m.Scope == TelemetryNames.Meter)];
        Assert.Empty(ours.Select(m => m.Name).Distinct().Except(TelemetryNames.Instruments));
        Assert.All(ours, m => Assert.True(m.Unit.Length > 0 && m.Description.Length > 0, $"{m.Name} has no unit or description"));
        Assert.All(ours, m => Assert.Contains(TelemetryNames.SiloTag, m.Tags));
        Assert.All(ours.Where(m => m.Name.StartsWith("loracluster.run.", StringComparison.Ordinal)),
            m => Assert.Contains(TelemetryNames.RunTag, m.Tags));
        Assert.Contains(collector.Logs, l => l.Attributes.GetValueOrDefault("RunId")?.StartsWith("run-", StringComparison.Ordinal) == true);
        Assert.Equal(["secret"], collector.Keys);

        // It stays readable: of about one step a second a few spans of each trainer.
        OtlpSpan[] trace = [.. collector.Spans.Where(s => s.TraceId == FullTrace(collector))];
        TestContext.Current.TestOutputHelper!.WriteLine(string.Join('\n',
            trace.GroupBy(s => $"{s.Service} {s.Scope} {s.Name}")
                .Select(g => string.Create(CultureInfo.InvariantCulture, $"{g.Key}: {g.Count()}"))));
        int steps = trace.Count(s => s.Name == TelemetryNames.StepSpan);
        Assert.InRange(trace.Length, 1, 60 + 6 * steps);

        (code, lines) = await ProgramUnderTest.RunAsync("Client",
            ["evaluate", "--model", model, "--adapter", run, "--dataset", folder.File("dataset"), "--evaluators", "2", "--redis", store],
            StartPatience, Environment);
        Assert.True(code == 0, string.Join('\n', lines));
        await collector.UntilAsync(HasJobTrace, "the trace of an evaluation", StepPatience);
    }

    /// <summary>From the client's submission by the job to the share of each silo.</summary>
    private static bool HasJobTrace(OtlpReceiver collector) => collector.Spans.Where(s => s.Name == TelemetryNames.JobSpan).Any(job =>
        collector.Spans.Any(s => s.TraceId == job.TraceId && s.Name == TelemetryNames.SubmitSpan && s.Service == "client")
        && new[] { "silo-1", "silo-2" }.All(silo =>
            collector.Spans.Any(s => s.ParentId == job.SpanId && s.Name == TelemetryNames.WorkSpan && s.Service == silo)));

    private static string[] Missing(OtlpReceiver collector) =>
        [.. TelemetryNames.Instruments.Except(OfAnAccelerator).Except(collector.Metrics.Select(m => m.Name))];

    /// <summary>The trace that leads from the client's submission by the run to a step on each silo and to the coordinator.</summary>
    private static string? FullTrace(OtlpReceiver collector) => collector.Spans
        .Where(s => s.Name == TelemetryNames.SubmitSpan && s.Service == "client").Select(s => s.TraceId)
        .FirstOrDefault(id =>
        {
            OtlpSpan[] trace = [.. collector.Spans.Where(s => s.TraceId == id)];
            string[] needed = [TelemetryNames.RunSpan, TelemetryNames.ReduceSpan];
            return needed.All(n => trace.Any(s => s.Name == n)) && new[] { "silo-1", "silo-2" }.All(silo =>
                new[] { TelemetryNames.ContributionSpan, TelemetryNames.UpdateSpan }.All(part => trace.Any(s => s.Service == silo
                    && s.Name == part && trace.Any(p => p.SpanId == s.ParentId && p.Name == TelemetryNames.StepSpan))));
        });

    private ProgramUnderTest Silo(string name, params string[] more) =>
        ProgramUnderTest.Start("Silo", ["--redis", store, "--name", name, .. more], Environment);
}

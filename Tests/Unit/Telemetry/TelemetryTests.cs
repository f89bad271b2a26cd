using System.Diagnostics.Metrics;
using System.Net;
using LoraCluster.Grains;
using LoraCluster.Grains.Metrics;
using LoraCluster.Grains.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Orleans.Runtime;

namespace LoraCluster.Tests.Unit.Telemetry;

public sealed class TelemetryTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _services.Dispose();

    [Fact]
    public void Every_instrument_is_in_the_list_and_none_besides_each_with_unit_and_description()
    {
        using var telemetry = Create();
        var instruments = new List<Instrument>();
        using MeterListener listener = Listen(instruments.Add, (_, _, _) => { });

        Assert.Equal(TelemetryNames.Instruments.Order(), instruments.Select(i => i.Name).Order());
        Assert.All(instruments, i => Assert.False(string.IsNullOrEmpty(i.Unit) || string.IsNullOrEmpty(i.Description), i.Name));
    }

    [Fact]
    public void The_gauges_of_a_finished_run_end_after_a_collector_has_seen_the_last_values()
    {
        using var telemetry = Create();
        var seen = new Dictionary<string, double>();
        using MeterListener listener = Listen(_ => { }, (instrument, value, tags) =>
        {
            if (tags.GetValueOrDefault(TelemetryNames.RunTag) is not "run-a") return;
            seen[instrument + tags.GetValueOrDefault(TelemetryNames.KindTag)] = value;
        });
        telemetry.TrainerStarted("run-a");
        telemetry.RecordRun("run-a", 3, 10, 0.5, 0.75, 100);

        listener.RecordObservableInstruments();
        Assert.Equal(0.5, seen[TelemetryNames.Loss]);
        Assert.Equal(0.75, seen[TelemetryNames.Accuracy + TelemetryNames.KindStep]);
        Assert.Equal((3, 10, 100, 1), (seen[TelemetryNames.Step], seen[TelemetryNames.Steps], seen[TelemetryNames.SamplesPerSecond],
            seen[TelemetryNames.Trainers]));

        _time.Advance(TimeSpan.FromHours(1));
        telemetry.RecordEvaluation("run-a", TelemetryNames.KindHeldOut, 0.9, 0.2);
        telemetry.TrainerEnded("run-a");
        seen.Clear();
        _time.Advance(LoraCluster.Grains.Telemetry.Linger - TimeSpan.FromSeconds(1));
        listener.RecordObservableInstruments();
        Assert.Equal(0.9, seen[TelemetryNames.Accuracy + TelemetryNames.KindHeldOut]);
        Assert.Equal(0.2, seen[TelemetryNames.EvaluationLoss + TelemetryNames.KindHeldOut]);
        Assert.Equal((0.5, 0), (seen[TelemetryNames.Loss], seen[TelemetryNames.Trainers]));

        seen.Clear();
        _time.Advance(TimeSpan.FromSeconds(2));
        listener.RecordObservableInstruments();
        Assert.Empty(seen);
    }

    [Fact]
    public void Queue_and_slots_are_reported_where_the_scheduler_is()
    {
        using var telemetry = Create();
        var seen = new List<(string, double, string?)>();
        using MeterListener listener = Listen(_ => { }, (instrument, value, tags) =>
        {
            if (instrument is TelemetryNames.QueueLength or TelemetryNames.SlotUsage or TelemetryNames.SlotLimit)
                seen.Add((instrument, value, tags.GetValueOrDefault(TelemetryNames.SiloTag)));
        });
        listener.RecordObservableInstruments();
        Assert.Equal([(TelemetryNames.SlotLimit, 4, "silo-1")], seen);

        seen.Clear();
        telemetry.Scheduler = () => new SchedulerFigures(5, new Dictionary<string, int> { ["silo-1"] = 2, ["silo-2"] = 0 });
        listener.RecordObservableInstruments();
        Assert.Equal(
            [(TelemetryNames.QueueLength, 5, "silo-1"), (TelemetryNames.SlotLimit, 4, "silo-1"), (TelemetryNames.SlotUsage, 0, "silo-2"),
                (TelemetryNames.SlotUsage, 2, "silo-1")], seen.Order());
    }

    [Theory]
    [InlineData("cpu")]
    [InlineData("cuda:0")]
    [InlineData("cuda:x")]
    public void Without_the_cuda_runtime_there_is_no_figure_of_its_memory(string device) => Assert.Null(new GpuMemory(device).Read());

    private LoraCluster.Grains.Telemetry Create() => new(
        _services.GetRequiredService<IMeterFactory>(), new Place(), Options.Create(new NodeOptions()), _time);

    private MeterListener Listen(Action<Instrument> published, Action<string, double, Dictionary<string, string?>> take)
    {
        var factory = _services.GetRequiredService<IMeterFactory>();
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name != TelemetryNames.Meter || instrument.Meter.Scope != factory) return;
                published(instrument);
                self.EnableMeasurementEvents(instrument);
            },
        };
        void Forward(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var named = new Dictionary<string, string?>();
            foreach ((string key, object? tag) in tags) named[key] = tag?.ToString();
            foreach ((string key, object? tag) in instrument.Tags ?? []) named[key] = tag?.ToString();
            take(instrument.Name, value, named);
        }
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Forward(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Forward(instrument, value, tags));
        listener.Start();
        return listener;
    }

    private sealed class Place : ILocalSiloDetails
    {
        public string Name => "silo-1";
        public string ClusterId => "c";
        public string DnsHostName => "h";
        public SiloAddress SiloAddress { get; } = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 1), 1);
        public SiloAddress GatewayAddress => SiloAddress;
    }
}

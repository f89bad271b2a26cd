using System.Globalization;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Scheduling;
using LoraCluster.Grains.Trainers;
using LoraCluster.Hub;
using Microsoft.Extensions.Options;

namespace LoraCluster.Grains.Benchmarks;

/// <summary>
/// Time and memory from a folder to a ready model, each time in a fresh process. The start of the process does not count; the files are
/// in the system's cache after the first round, which does not count either.
/// </summary>
internal sealed class LoadBenchmark(HubFolders hub, IOptions<NodeOptions> node) : IBenchmark
{
    public string Name => "load";

    public IReadOnlyList<string> Faults(BenchmarkSpec spec) => Read(spec).Faults;

    public int SilosOf(BenchmarkSpec spec) => 1;

    public BenchmarkResult Run(BenchmarkSpec spec, SlotLease lease, Action<JobProgress> report, CancellationToken stopping)
    {
        (string model, IReadOnlyList<string> dtypes, int rounds, _) = Read(spec);
        string folder = hub.FolderOf(model, HubKind.Model, stopping);
        var figures = dtypes.ToDictionary(dtype => dtype, _ => new List<LoadingFigures>(), StringComparer.Ordinal);
        int done = 0;
        for (int round = 0; round <= rounds; round++)
        {
            foreach (string dtype in dtypes)
            {
                string phase = string.Create(CultureInfo.InvariantCulture, $"{dtype}, {(round == 0 ? "warm-up" : $"round {round}")}");
                report(new JobProgress(done++, phase, (rounds + 1) * dtypes.Count));
                var request = new ChildLoading { ModelFolder = folder, Device = node.Value.Device, Threads = spec.Threads, Dtype = dtype };
                LoadingFigures loaded = ChildProcess.Run<LoadingFigures>(request, _ => { }, stopping);
                if (round > 0) figures[dtype].Add(loaded);
            }
        }
        List<Measurement> lines = [.. dtypes.SelectMany(dtype => LinesOf(dtype, figures[dtype], figures[dtypes[0]]))];
        Measurement time = lines[0];
        return new BenchmarkResult
        {
            Measurements = lines, Environment = MachineFacts.Of(node.Value, spec.Threads),
            KeyFigure = string.Create(CultureInfo.InvariantCulture, $"{time.Configuration} in {time.Median:0} ms"),
        };
    }

    private static IEnumerable<Measurement> LinesOf(string dtype, List<LoadingFigures> own, List<LoadingFigures> first)
    {
        Measurement Line(string quantity, string unit, Func<LoadingFigures, double> figure) =>
            Measured.Rounds(dtype, "", quantity, unit, [.. own.Select(figure)], own == first ? null : [.. first.Select(figure)]);
        yield return Line("time to load", "ms", loaded => loaded.LoadMs);
        yield return Line("time to first result", "ms", loaded => loaded.FirstResultMs);
        yield return Line("resident memory", "By", loaded => loaded.ResidentBytes);
        yield return Line("peak memory", "By", loaded => loaded.PeakMemoryBytes);
    }

    private static (string Model, IReadOnlyList<string> Dtypes, int Rounds, IReadOnlyList<string> Faults) Read(BenchmarkSpec spec)
    {
        var read = new SettingsReader(spec);
        read.NoDataset();
        string model = read.Model();
        IReadOnlyList<string> dtypes = read.Words("dtypes", "fp32,bf16", "fp32", "bf16");
        int rounds = read.Number("rounds", 5, 1, 100);
        return (model, dtypes, rounds, read.Faults());
    }
}

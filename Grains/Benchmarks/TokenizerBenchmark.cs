using System.Diagnostics;
using System.Globalization;
using System.Text;
using LoraCluster.Data;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Scheduling;
using LoraCluster.Grains.Trainers;
using LoraCluster.Hub;
using LoraCluster.Tokenizers;
using Microsoft.Extensions.Options;

namespace LoraCluster.Grains.Benchmarks;

/// <summary>How fast a model's tokenizer turns a data set's texts into ids, on one thread.</summary>
internal sealed class TokenizerBenchmark(HubFolders hub, IOptions<NodeOptions> node) : IBenchmark
{
    public string Name => "tokenizer";

    public IReadOnlyList<string> Faults(BenchmarkSpec spec) => Read(spec).Faults;

    public int SilosOf(BenchmarkSpec spec) => 1;

    public BenchmarkResult Run(BenchmarkSpec spec, SlotLease lease, Action<JobProgress> report, CancellationToken stopping)
    {
        (string model, string dataset, int rows, int length, int rounds, _) = Read(spec);
        ITextTokenizer tokenizer = TokenizerFolder.Load(hub.FolderOf(model, HubKind.Model, stopping));
        TextDataset train = DatasetSplits.Load(hub.FolderOf(dataset, HubKind.Dataset, stopping), rows).Train;
        if (train.Texts.Count == 0) throw new UserErrorException($"{dataset} has no row to tokenize");
        long bytes = train.Texts.Sum(text => (long)Encoding.UTF8.GetByteCount(text)), tokens = 0;
        var seconds = new List<double>();
        for (int round = 0; round <= rounds; round++)
        {
            report(new JobProgress(round, round == 0 ? "warm-up" : "", rounds + 1));
            tokens = 0;
            long start = Stopwatch.GetTimestamp();
            foreach (string text in train.Texts)
            {
                stopping.ThrowIfCancellationRequested();
                tokens += tokenizer.Encode(text, length).Length;
            }
            if (round > 0) seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        string name = string.Create(CultureInfo.InvariantCulture, $"{train.Texts.Count} rows, at most {length} tokens");
        Measurement Line(string quantity, string unit, double work) =>
            Measured.Rounds(tokenizer.GetType().Name, name, quantity, unit, [.. seconds.Select(s => work / s)]);
        Measurement speed = Line("rows", "rows/s", train.Texts.Count);
        return new BenchmarkResult
        {
            Measurements = [speed, Line("text", "MB/s", bytes / 1e6), Line("tokens", "tokens/s", tokens)],
            Environment = MachineFacts.Of(node.Value, 1),
            KeyFigure = string.Create(CultureInfo.InvariantCulture, $"{speed.Median:0} rows/s"),
        };
    }

    private static (string Model, string Dataset, int Rows, int Length, int Rounds, IReadOnlyList<string> Faults) Read(BenchmarkSpec spec)
    {
        var read = new SettingsReader(spec);
        (string model, string dataset) = (read.Model(), read.Dataset());
        int rows = read.Number("max-examples", 10_000, 1, int.MaxValue), length = read.Number("max-length", 128, 3, 1 << 20);
        return (model, dataset, rows, length, read.Number("rounds", 10, 1, 1000), read.Faults());
    }
}

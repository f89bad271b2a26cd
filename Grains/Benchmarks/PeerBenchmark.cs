using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Scheduling;
using LoraCluster.Grains.Trainers;
using LoraCluster.Hub;
using LoraCluster.Training;
using Microsoft.Extensions.Options;

namespace LoraCluster.Grains.Benchmarks;

/// <summary>
/// The same LoRA training by PEFT in turn with ours, each in a fresh process. The Python is that of the silo's environment: a silo starts
/// no program that a client names.
/// </summary>
internal sealed class PeerBenchmark(HubFolders hub, IOptions<NodeOptions> node) : IBenchmark
{
    private const string Variable = "LORACLUSTER_PYTHON", Script = "peft_loop.py", Ours = "LoraCluster", Peer = "PEFT";
    private const string Grouped = "grouped", Random = "random";
    private const int Batch = 32;
    private const double Dropout = 0.1;

    public string Name => "peer";

    public IReadOnlyList<string> Faults(BenchmarkSpec spec) => Read(spec).Faults;

    public int SilosOf(BenchmarkSpec spec) => 1;

    public BenchmarkResult Run(BenchmarkSpec spec, SlotLease lease, Action<JobProgress> report, CancellationToken stopping)
    {
        (ChildTraining read, int rounds, int untimed, _) = Read(spec);
        string python = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } program ? program
            : throw new UserErrorException($"{Variable} is not set for this silo; it names a Python with torch, transformers and peft");
        ChildTraining work = read with
        {
            ModelFolder = hub.FolderOf(read.ModelFolder, HubKind.Model, stopping),
            DatasetPath = hub.FolderOf(read.DatasetPath, HubKind.Dataset, stopping), Device = node.Value.Device,
        };
        foreach (string needed in (string[])[Path.Combine(work.ModelFolder, "vocab.txt"), Path.Combine(work.DatasetPath, "train.tsv")])
            if (!File.Exists(needed)) throw new UserErrorException($"{needed} is not there, which the peer reads");
        if (work.Device != "cpu") throw new UserErrorException($"this silo's device is {work.Device}; the peer is measured on the cpu");

        var (ours, theirs) = (new List<Rate>(), new List<Rate>());
        for (int round = 0; round < rounds; round++)
        {
            report(new JobProgress(2 * round, string.Create(CultureInfo.InvariantCulture, $"round {round + 1}"), 2 * rounds));
            // Each begins as often as the other.
            if (round % 2 == 0) ours.Add(RunOurs(work, untimed, stopping));
            theirs.Add(RunPeer(python, work, untimed, stopping));
            if (round % 2 == 1) ours.Add(RunOurs(work, untimed, stopping));
        }
        double[] Speeds(List<Rate> rates) => [.. rates.Select(rate => rate.SamplesPerSecond)];
        double[] Peaks(List<Rate> rates) => [.. rates.Select(rate => rate.PeakBytes)];
        string versions = theirs[0].Versions;
        Measurement[] lines =
        [
            Measured.Rounds(Peer, "", "training speed", "samples/s", Speeds(theirs)),
            Measured.Rounds(Ours, "", "training speed", "samples/s", Speeds(ours), Speeds(theirs)),
            Measured.Rounds(Peer, "", "peak memory", "By", Peaks(theirs)),
            Measured.Rounds(Ours, "", "peak memory", "By", Peaks(ours), Peaks(theirs)),
        ];
        return new BenchmarkResult
        {
            Measurements = lines, Environment = [.. MachineFacts.Of(node.Value, spec.Threads), new JobFact("peer", versions)],
            KeyFigure = string.Create(CultureInfo.InvariantCulture, $"x{lines[1].Ratio:0.00} of PEFT's speed"),
        };
    }

    private static Rate RunOurs(ChildTraining work, int untimed, CancellationToken stopping)
    {
        TrainingFigures figures = ChildProcess.Run<TrainingFigures>(work, _ => { }, stopping);
        double seconds = figures.StepTimesMs.Skip(untimed).Sum() / 1000;
        return new Rate(figures.Rows.Skip(untimed).Sum() / seconds, figures.PeakMemoryBytes);
    }

    private static Rate RunPeer(string python, ChildTraining work, int untimed, CancellationToken stopping)
    {
        string folder = Directory.CreateTempSubdirectory("loracluster-peer-").FullName;
        try
        {
            string script = Path.Combine(folder, Script);
            using (Stream source = typeof(PeerBenchmark).Assembly.GetManifestResourceStream(Script)!)
            using (FileStream file = File.Create(script)) source.CopyTo(file);
            string Number(double value) => value.ToString(CultureInfo.InvariantCulture);
            List<string> arguments =
            [
                script, "--model", work.ModelFolder, "--dataset", work.DatasetPath, "--targets", string.Join(',', work.Targets),
                "--dropout", Number(work.Dropout), "--batch", Number(Batch), "--max-steps", Number(work.Steps),
                "--max-examples", Number(work.MaxExamples!.Value), "--untimed", Number(untimed), "--threads", Number(work.Threads),
                "--rank", Number(work.Rank), "--batching", work.Batching == Batching.Random ? Random : Grouped,
            ];
            if (work.Dtype == "bf16") arguments.Add("--bf16");
            return Start(python, arguments, stopping);
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    private static Rate Start(string python, List<string> arguments, CancellationToken stopping)
    {
        var start = new ProcessStartInfo(python, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using Process process = Process.Start(start)!;
            using CancellationTokenRegistration kill = stopping.Register(() => process.Kill(entireProcessTree: true));
            Task<string> errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            stopping.ThrowIfCancellationRequested();
            string last = output.TrimEnd().Split('\n')[^1];
            if (process.ExitCode != 0 || !last.StartsWith('{'))
                throw new UserErrorException($"PEFT ended with code {process.ExitCode}: {errors.Result.TrimEnd().Split('\n')[^1]}");
            using JsonDocument json = JsonDocument.Parse(last);
            return new Rate(json.RootElement.GetProperty("samplesPerSecond").GetDouble(),
                json.RootElement.GetProperty("peakMemoryBytes").GetDouble(), json.RootElement.GetProperty("versions").GetString()!);
        }
        catch (System.ComponentModel.Win32Exception e) { throw new UserErrorException($"{Variable}={python}: {e.Message}", e); }
    }

    private static (ChildTraining Work, int Rounds, int Untimed, IReadOnlyList<string> Faults) Read(BenchmarkSpec spec)
    {
        var read = new SettingsReader(spec);
        int rank = read.Number("rank", 8, 1, 4096), steps = read.Number("max-steps", 40, 2, 100_000);
        var work = new ChildTraining
        {
            ModelFolder = read.Model(), DatasetPath = read.Dataset(), Device = "", Threads = spec.Threads, Method = "lora", Seed = 0,
            Dtype = AdapterSettings.PrecisionOf(read) == Precision.BFloat16 ? "bf16" : "fp32", Steps = steps, MaxExamples = Batch * steps,
            MaxLength = 128, GlobalBatchSize = Batch, MicroBatchSize = read.Number("micro-batch", Batch, 1, Batch), Rank = rank,
            Batching = read.Word("batching", Grouped, Grouped, Random) == Random ? Batching.Random : Batching.Grouped,
            Alpha = 2 * rank, Dropout = Dropout, Evaluates = false, Targets = read.Words("target", "query,value"),
        };
        (int rounds, int untimed) = (read.Number("rounds", 5, 1, 100), read.Number("warmup", 5, 0, 100_000));
        if (untimed >= steps) read.Refuse("warmup", untimed.ToString(CultureInfo.InvariantCulture), "less than max-steps");
        return (work, rounds, untimed, [.. read.Faults(), .. TrainingChild.OptionsOf(work).Faults()]);
    }

    private readonly record struct Rate(double SamplesPerSecond, double PeakBytes, string Versions = "");
}

using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using LoraCluster.Client;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Tests.Unit.Client.Reports;

public sealed partial class ReportCommandTests : IDisposable
{
    private const string Lora = "run-abcdefgh2345", Full = "run-bcdefgh23456", Bench = "bench-abcdefgh2345", Eval = "eval-abcdefgh2345";
    private readonly ClientRun _client = new(new FakeCluster());
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _client.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Two_runs_side_by_side_have_curves_a_comparison_and_marked_differences()
    {
        Have(Lora, "lora", steps: 20);
        Have(Full, "full", steps: 20);
        string html = await ReportAsync(Lora, Full);
        foreach (string expected in (string[])["Runs side by side", "73,728 of 22,786,176", "optimizer memory", "589.8 kB", "87.7 %",
            "Training loss", "Accuracy while training", "Settings that differ", new string('a', 64)])
            Assert.Contains(expected, html, StringComparison.Ordinal);
        Assert.Contains("<tr class=\"differs\"><th scope=\"row\">method</th>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<tr class=\"differs\"><th scope=\"row\">dtype</th>", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_asks_for_nothing_outside_and_its_figures_are_whole()
    {
        Have(Lora, "lora", steps: 20);
        string html = await ReportAsync(Lora);
        Assert.DoesNotMatch(OutsideReference(), html);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        string[] figures = [.. Svg().Matches(html).Select(match => match.Value)];
        Assert.NotEmpty(figures);
        string[] ids = [.. figures.SelectMany(svg => XDocument.Parse(svg).Descendants().Attributes("id")).Select(id => id.Value)];
        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.Contains("currentColor", figures[0], StringComparison.Ordinal);
        Assert.Contains(">loss (nats)</text>", figures[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_user_named_is_text_and_no_markup()
    {
        Have(Lora, "lora", steps: 3, name: "<script>alert(1)</script> & \"more\"");
        Assert.DoesNotContain("<script", await ReportAsync(Lora), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_long_run_is_drawn_with_few_points()
    {
        Have(Lora, "lora", steps: 50_000);
        string html = await ReportAsync(Lora);
        Assert.Contains("Each point is the mean of 167 steps.", html, StringComparison.Ordinal);
        Assert.InRange(html.Length, 1, 200_000);
    }

    [Fact]
    public async Task A_benchmark_and_an_evaluation_are_shown_too()
    {
        HaveJobs();
        string html = await ReportAsync(Bench, Eval);
        foreach (string expected in (string[])["Benchmark: inference", "p95 14", "ratio 1.05 (1.02 - 1.08)", "batch 8, 32 tokens",
            "85.0 % [80.0 %", "Zen 5", "negative"])
            Assert.Contains(expected, html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Figures_csv_and_json_are_written_where_they_are_wanted()
    {
        Have(Lora, "lora", steps: 5);
        HaveJobs();
        string csv = _folder.File("csv"), figures = _folder.File("figures"), lines = _folder.File("all.jsonl");
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("report", Lora, Bench, "--output", _folder.File("r.html"), "--csv", csv,
            "--figures", figures, "--json-lines", lines, "--json"));
        Assert.Equal(6, File.ReadAllLines(Path.Combine(csv, $"{Lora}-steps.csv")).Length);
        string measurements = File.ReadAllText(Path.Combine(csv, "measurements.csv"));
        Assert.StartsWith("job,benchmark,configuration,case,", measurements, StringComparison.Ordinal);
        Assert.Contains("\"batch 8, 32 tokens\"", measurements, StringComparison.Ordinal);
        byte[] png = File.ReadAllBytes(Path.Combine(figures, "loss.png"));
        Assert.Equal("\x89PNG"u8.ToArray()[^3..], png[1..4]);
        Assert.True(File.Exists(Path.Combine(figures, "loss.svg")));
        string[] events = [.. File.ReadAllLines(lines).Select(line => JsonDocument.Parse(line).RootElement)
            .Select(e => e.TryGetProperty("event", out JsonElement name) ? name.GetString()! : "run")];
        Assert.Equal(["run", "step", "step", "step", "step", "step", "result"], events);
        Assert.Contains(_folder.File("r.html"), _client.Json[^1].GetProperty("files").EnumerateArray().Select(file => file.GetString()));
    }

    [Theory]
    [InlineData("report run-1", "run is 'run-1'; allowed is an id")]
    [InlineData("report run-abcdefgh2345 run-abcdefgh2345", "is named twice")]
    [InlineData("report run-abcdefgh2345 --output /nowhere/at/all/r.html", "there is no folder '/nowhere/at/all'")]
    [InlineData("report run-abcdefgh2345 --csv /dev/null", "allowed is a folder")]
    public async Task Bad_values_are_refused_before_anything_is_connected(string line, string expected)
    {
        Assert.Equal(ExitCodes.Usage, await _client.RunAsync(line.Split(' ')));
        Assert.Contains(expected, _client.Errors, StringComparison.Ordinal);
        Assert.Null(_client.Cluster.Target);
    }

    [Fact]
    public async Task Unknown_ids_are_all_named_and_nothing_is_written()
    {
        Have(Lora, "lora", steps: 1);
        string output = _folder.File("r.html");
        Assert.Equal(ExitCodes.Failed, await _client.RunAsync("report", Lora, Full, Bench, "--output", output));
        Assert.Contains($"there is no {Full} in cluster test", _client.Errors, StringComparison.Ordinal);
        Assert.Contains($"there is no {Bench} in cluster test", _client.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(output));
    }

    [Fact]
    public async Task History_has_every_step_for_scripts_and_a_short_table_for_people()
    {
        Have(Lora, "lora", steps: 100);
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("history", Lora, "--csv"));
        Assert.Equal("step,loss,training_accuracy,learning_rate,grad_norm,step_time_ms,rows,samples_per_second",
            _client.Output.Split('\n')[0]);
        Assert.Equal(101, _client.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        using var table = new ClientRun(_client.Cluster);
        Assert.Equal(ExitCodes.Success, await table.RunAsync("history", Lora));
        Assert.InRange(table.Output.Split('\n').Length, 10, 50);
        using var both = new ClientRun(_client.Cluster);
        Assert.Equal(ExitCodes.Usage, await both.RunAsync("history", Lora, "--csv", "--json"));
    }

    private async Task<string> ReportAsync(params string[] ids)
    {
        string output = _folder.File("report.html");
        int code = await _client.RunAsync(["report", .. ids, "--output", output]);
        Assert.True(code == ExitCodes.Success, _client.Errors);
        return await File.ReadAllTextAsync(output);
    }

    private void Have(string id, string method, int steps, string name = "")
    {
        RunStatus status = FakeCluster.Status(id, RunState.Completed, method) with
        {
            Result = FakeCluster.Result(), Progress = FakeCluster.Progress(steps, steps), Silos = ["silo-1"],
        };
        _client.Cluster.Runs[id] = status with { Spec = status.Spec with { Name = name } };
        _client.Cluster.Histories[id] = Steps(steps);
    }

    private static List<StepMetrics> Steps(int steps) =>
        [.. Enumerable.Range(1, steps).Select(s => new StepMetrics(s, 1.0 / s, 0.5, 1e-3, 1.5, 100, 32))];

    private void HaveJobs()
    {
        JobFact[] environment = [new JobFact("processor", "Zen 5")];
        var measurement = new Measurement
        {
            Configuration = "base", Case = "batch 8, 32 tokens", Quantity = "latency", Unit = "ms", Count = 20, Median = 12,
            LowerQuartile = 11, UpperQuartile = 13, P95 = 14, P99 = 15,
        };
        _client.Cluster.Jobs.Add(new JobStatus
        {
            JobId = Bench, Spec = new BenchmarkSpec { Benchmark = "inference" }, State = RunState.Completed,
            Result = new BenchmarkResult
            {
                Environment = environment, Measurements = [measurement, measurement with
                {
                    Configuration = "unmerged", Ratio = 1.05, RatioLowerQuartile = 1.02, RatioUpperQuartile = 1.08,
                }],
            },
        });
        _client.Cluster.Jobs.Add(new JobStatus
        {
            JobId = Eval, Spec = new EvaluationSpec { ModelPath = "/models/minilm", DatasetPath = "/data/sst2" },
            State = RunState.Completed, Result = new EvaluationResult
            {
                Correct = 85, Rows = 100, Loss = 0.4, Accuracy = new Estimate(0.85, 0.80, 0.90), Labels = ["negative", "positive"],
                Confusion = [40, 10, 5, 45],
            },
        });
    }

    [GeneratedRegex("""(src|href)\s*=\s*"(?!#)|url\((?!#)|@import""")]
    private static partial Regex OutsideReference();

    [GeneratedRegex("<svg.*?</svg>", RegexOptions.Singleline)]
    private static partial Regex Svg();
}

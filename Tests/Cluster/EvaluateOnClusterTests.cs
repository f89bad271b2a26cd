using System.Text.Json;
using LoraCluster.Client;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Runs;
using LoraCluster.Tests.Unit.Client;

namespace LoraCluster.Tests.Cluster;

/// <summary>Evaluations by the console on real grains and tensors.</summary>
public sealed class EvaluateOnClusterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_run_s_evaluation_is_the_run_s_own_and_the_same_bits_for_any_number_of_evaluators()
    {
        await using FakeCluster cluster = await FakeCluster.StartRealAsync(3);
        (string model, string dataset, RunStatus run) = await TrainAsync(cluster, "lora");
        JsonElement own = await EvaluateAsync(cluster, run.RunId);
        Assert.Equal((run.Result!.Correct, run.Result.Rows), (own.GetProperty("correct").GetInt32(), own.GetProperty("rows").GetInt32()));
        Assert.Equal(run.Result.EvaluationLoss, own.GetProperty("loss").GetDouble(), 1e-6);
        Assert.Equal(run.Spec.ModelHash, own.GetProperty("modelHash").GetString());
        Assert.Equal(run.Spec.DatasetHash, own.GetProperty("datasetHash").GetString());
        Assert.Equal(run.Result.WeightsSha256, own.GetProperty("adapterSha256").GetString());
        JsonElement interval = own.GetProperty("accuracyInterval");
        Assert.InRange(own.GetProperty("accuracy").GetDouble(), interval.GetProperty("low").GetDouble(),
            interval.GetProperty("high").GetDouble());

        // 40 rows in batches of 16 are three batches: the fourth evaluator has none.
        string[] common = ["-m", model, "-a", run.RunId, "-d", dataset, "--batch-size", "16", "--max-length", "24", "--threads", "1"];
        JsonElement one = await EvaluateAsync(cluster, [.. common, "--evaluators", "1"]);
        foreach (string evaluators in new[] { "2", "3", "4" })
        {
            JsonElement more = await EvaluateAsync(cluster, [.. common, "--evaluators", evaluators]);
            foreach (string figure in new[] { "correct", "loss", "confusion", "f1", "f1Interval", "matthewsCorrelationInterval" })
                Assert.Equal(one.GetProperty(figure).GetRawText(), more.GetProperty(figure).GetRawText());
        }
        JsonElement merged = await EvaluateAsync(cluster, [.. common, "--merge"]);
        Assert.Equal(one.GetProperty("correct").GetInt32(), merged.GetProperty("correct").GetInt32());
        Assert.Equal(one.GetProperty("loss").GetDouble(), merged.GetProperty("loss").GetDouble(), 1e-5);
    }

    [Fact]
    public async Task Predictions_are_kept_with_the_job_written_in_order_and_deleted_with_it()
    {
        await using FakeCluster cluster = await FakeCluster.StartRealAsync(2);
        (_, _, RunStatus run) = await TrainAsync(cluster, "lora");
        JsonElement csv = await EvaluateAsync(cluster, run.RunId, "--predictions", _folder.File("rows.csv"), "--batch-size", "7");
        string[] lines = await File.ReadAllLinesAsync(_folder.File("rows.csv"));
        Assert.Equal("row,text,label,predicted,correct,loss,probability of LABEL_0,probability of LABEL_1", lines[0]);
        Assert.Equal(Enumerable.Range(0, 40).Select(row => $"{row}"), lines[1..].Select(line => line.Split(',')[0]));
        Assert.Equal(csv.GetProperty("correct").GetInt32(), lines[1..].Count(line => line.Split(',')[4] == "1"));
        JsonElement json = await EvaluateAsync(cluster, run.RunId, "--predictions", _folder.File("rows.jsonl"), "--max-examples", "9");
        JsonElement[] rows = [.. (await File.ReadAllLinesAsync(_folder.File("rows.jsonl")))
            .Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal((9, 9), (rows.Length, json.GetProperty("rows").GetInt32()));
        Assert.Equal(json.GetProperty("loss").GetDouble(), rows.Average(r => r.GetProperty("loss").GetDouble()), 1e-12);

        string job = csv.GetProperty("jobId").GetString()!;
        Assert.Contains(cluster.Storage.Keys, key => key.Contains(job + "/predictions", StringComparison.Ordinal));
        using ClientRun runs = ConsoleOn.Cluster(cluster), show = ConsoleOn.Cluster(cluster), delete = ConsoleOn.Cluster(cluster);
        Assert.Equal(ExitCodes.Success, await runs.RunAsync("runs", "--kind", "evaluation", "--json"));
        Assert.Equal([json.GetProperty("jobId").GetString(), job], runs.Json.Select(r => r.GetProperty("run").GetString()));
        Assert.StartsWith("accuracy ", runs.Json[1].GetProperty("keyFigure").GetString(), StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Success, await show.RunAsync("show", job));
        Assert.Contains("Matthews correlation", show.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Success, await delete.RunAsync("delete", job));
        Assert.DoesNotContain(cluster.Storage.Keys, key => key.Contains(job, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_whole_model_of_a_run_is_evaluated_with_its_base_s_tokenizer()
    {
        await using FakeCluster cluster = await FakeCluster.StartRealAsync(1);
        (_, string dataset, RunStatus full) = await TrainAsync(cluster, "full");
        JsonElement own = await EvaluateAsync(cluster, full.RunId);
        JsonElement named = await EvaluateAsync(cluster, "--model", full.RunId, "--dataset", dataset);
        Assert.Equal((full.Result!.Correct, full.Result.Correct),
            (own.GetProperty("correct").GetInt32(), named.GetProperty("correct").GetInt32()));
        Assert.Equal(full.Result.EvaluationLoss, own.GetProperty("loss").GetDouble(), 1e-6);
        using ClientRun merge = ConsoleOn.Cluster(cluster);
        Assert.Equal(ExitCodes.Failed, await merge.RunAsync("evaluate", full.RunId, "--merge"));
        Assert.Contains("trained a whole model", merge.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_language_model_has_a_perplexity_and_bits_per_byte()
    {
        await using FakeCluster cluster = await FakeCluster.StartRealAsync(2);
        string model = TinyDecoder.WriteModel(_folder, TinyDecoder.Opt), texts = TinyDecoder.WriteTexts(_folder, 20);
        IRunGrain grain = await cluster.SubmitAsync(new RunSpec
        {
            ModelPath = model, DatasetPath = texts, Rank = 2, GlobalBatchSize = 8, MicroBatchSize = 4, MaxSteps = 3, MaxLength = 64,
        });
        RunStatus run = await FakeCluster.UntilAsync(grain, RunState.Completed);
        JsonElement own = await EvaluateAsync(cluster, run.RunId);
        Assert.Equal(run.Result!.Perplexity!.Value, own.GetProperty("perplexity").GetDouble(), 1e-4);
        Assert.Equal((run.Result.Correct, run.Result.Rows), (own.GetProperty("correct").GetInt32(), own.GetProperty("rows").GetInt32()));
        // A token is a byte here, and each row's last one (the end token) spells none: 12 texts.
        int tokens = run.Result.Rows;
        Assert.Equal(own.GetProperty("loss").GetDouble() * tokens / Math.Log(2) / (tokens - 12),
            own.GetProperty("bitsPerByte").GetDouble(), 1e-9);
        Assert.Equal(JsonValueKind.Null, own.GetProperty("f1").ValueKind);
        using ClientRun keep = ConsoleOn.Cluster(cluster);
        Assert.Equal(ExitCodes.Failed, await keep.RunAsync("evaluate", run.RunId, "--predictions", _folder.File("x.csv")));
        Assert.Contains("predictions are kept of classifiers", keep.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_evaluated_is_told_by_the_silo_s_words()
    {
        await using FakeCluster cluster = await FakeCluster.StartRealAsync(1);
        (string model, string dataset) = TinyEncoder.Write(_folder);
        using ClientRun headless = ConsoleOn.Cluster(cluster), split = ConsoleOn.Cluster(cluster), none = ConsoleOn.Cluster(cluster);
        Assert.Equal(ExitCodes.Failed, await headless.RunAsync("evaluate", "-m", model, "-d", dataset));
        Assert.Contains("no classification head", headless.Errors, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Failed, await split.RunAsync("evaluate", "-m", model, "-d", dataset, "--split", "test"));
        Assert.Equal(ExitCodes.Failed, await none.RunAsync("evaluate", "run-aaaaaaaaaaaa"));
        Assert.Contains("there is no run run-aaaaaaaaaaaa", none.Errors, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Category", "Fidelity")]
    public async Task The_reference_s_adapter_has_765_of_872_right_on_one_silo_and_on_three()
    {
        string adapter = SharedData.Require(Path.Combine(SharedData.Fixtures, "real", "minilm-l6-sst2-peft"));
        string model = SharedData.Require(Path.Combine(SharedData.Data, "all-minilm-l6-v2"));
        string dataset = SharedData.Require(Path.Combine(SharedData.Data, "sst2"));
        await using FakeCluster cluster = await FakeCluster.StartRealAsync(3);
        string[] common = ["-m", model, "-a", adapter, "-d", dataset];
        JsonElement one = await EvaluateAsync(cluster, [.. common, "--evaluators", "1"]);
        JsonElement three = await EvaluateAsync(cluster, [.. common, "--evaluators", "3"]);
        foreach (JsonElement result in new[] { one, three })
            Assert.Equal((765, 872), (result.GetProperty("correct").GetInt32(), result.GetProperty("rows").GetInt32()));
        Assert.Equal(one.GetProperty("loss").GetRawText(), three.GetProperty("loss").GetRawText());
        Assert.Equal(765.0 / 872, one.GetProperty("accuracy").GetDouble());
    }

    private static async Task<JsonElement> EvaluateAsync(FakeCluster cluster, params string[] arguments)
    {
        using ClientRun client = ConsoleOn.Cluster(cluster);
        int code = await client.StartAsync(["evaluate", .. arguments, "--json"]).WaitAsync(TimeSpan.FromMinutes(3));
        Assert.True(code == ExitCodes.Success, client.Output + client.Errors);
        return Assert.Single(client.Json);
    }

    private async Task<(string Model, string Dataset, RunStatus Run)> TrainAsync(FakeCluster cluster, string method)
    {
        (string model, string dataset) = TinyEncoder.Write(_folder);
        IRunGrain run = await cluster.SubmitAsync(new RunSpec
        {
            ModelPath = model, DatasetPath = dataset, Method = method, Rank = 2, GlobalBatchSize = 8, MicroBatchSize = 4, MaxSteps = 3,
            MaxLength = 24, Seed = 3,
        });
        return (model, dataset, await FakeCluster.UntilAsync(run, RunState.Completed));
    }
}

using LoraCluster.Client;

namespace LoraCluster.Tests.Unit.Client;

public sealed class TrainFaultTests : IDisposable
{
    private readonly ModelAndData _folders = new();
    private readonly ClientRun _client = new(new FakeCluster());

    public void Dispose()
    {
        _folders.Dispose();
        _client.Dispose();
    }

    [Theory]
    [InlineData("--rank", "0", "rank is 0")]
    [InlineData("--rank", "-3", "rank is -3")]
    [InlineData("--rank", "eight", "rank is 'eight'")]
    [InlineData("--alpha", "0", "alpha is 0")]
    [InlineData("--alpha", "1,5", "alpha is '1,5'")]
    [InlineData("--dropout", "1", "dropout is 1")]
    [InlineData("--target", "", "target has the entry ''")]
    [InlineData("--target", "q,,v", "target has the entry ''")]
    [InlineData("--target-regex", "(", "target-regex is '('")]
    [InlineData("--adapter-config", "no-such-file.json", "adapter-config is 'no-such-file.json'")]
    [InlineData("--epochs", "0", "epochs is 0")]
    [InlineData("--max-steps", "0", "max-steps is 0")]
    [InlineData("--max-examples", "0", "max-examples is 0")]
    [InlineData("--max-length", "2", "max-length is 2")]
    [InlineData("--batching", "sorted", "batching is 'sorted'; allowed is grouped or random")]
    [InlineData("--lr", "-1", "lr is -1")]
    [InlineData("--lr", "NaN", "lr is NaN")]
    [InlineData("--schedule", "step", "schedule is 'step'; allowed is linear, cosine or constant")]
    [InlineData("--warmup", "1.5", "warmup is 1.5")]
    [InlineData("--weight-decay", "-0.1", "weight-decay is -0.1")]
    [InlineData("--max-grad-norm", "-1", "max-grad-norm is -1")]
    [InlineData("--global-batch", "0", "global-batch is 0")]
    [InlineData("--micro-batch", "5", "micro-batch is 5; allowed is a divisor of global-batch (32)")]
    [InlineData("--micro-batch", "0", "micro-batch is 0")]
    [InlineData("--trainers", "0", "trainers is 0")]
    [InlineData("--trainers", "5", "trainers is 5; allowed is at most the micro-batches of a global batch, 4 (32 / 8)")]
    [InlineData("--threads-per-trainer", "0", "threads-per-trainer is 0")]
    [InlineData("--seed", "-1", "seed is '-1'")]
    [InlineData("--dtype", "fp16", "dtype is 'fp16'; allowed is fp32 or bf16")]
    [InlineData("--method", "qlora", "method is 'qlora'; allowed is lora, full or head")]
    [InlineData("--checkpoint-seconds", "-1", "checkpoint-seconds is '-1'")]
    [InlineData("--eval-steps", "0", "eval-steps is 0; allowed is 1 or more")]
    [InlineData("--patience", "3", "patience is '3'; allowed is eval-steps beside it")]
    [InlineData("--patience", "0", "patience is 0; allowed is 1 or more")]
    [InlineData("--best-by", "f1", "best-by is 'f1'; allowed is loss or accuracy")]
    [InlineData("--best-by", "accuracy", "best-by is 'accuracy'; allowed is keep-best or patience beside it")]
    public async Task A_value_that_is_not_allowed_is_named(string option, string value, string expected)
    {
        Assert.Equal(ExitCodes.Usage, await _client.RunAsync(_folders.Train(option, value)));
        Assert.Contains(expected, _client.Errors, StringComparison.Ordinal);
        Assert.Null(_client.Cluster.Target);
    }

    [Fact]
    public async Task All_faults_are_told_at_once()
    {
        int code = await _client.RunAsync("train", "--dataset", _folders.PathOf("nowhere"), "--rank", "0", "--lr", "x", "--dropout", "2",
            "--trainers", "0", "--json");
        Assert.Equal(ExitCodes.Usage, code);
        string errors = Assert.Single(_client.Json).GetProperty("errors").GetRawText();
        foreach (string name in (string[])["model is missing", "nowhere", "rank is 0", "lr is 'x'", "dropout is 2", "trainers is 0"])
            Assert.Contains(name, errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("model.safetensors")]
    [InlineData("vocab.txt")]
    public async Task A_model_folder_without_a_file_is_refused(string file)
    {
        File.Delete(Path.Combine(_folders.Model, file));
        Assert.Equal(ExitCodes.Usage, await _client.RunAsync(_folders.Train()));
        Assert.Contains(file, _client.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dataset_without_both_splits_is_refused()
    {
        File.Delete(Path.Combine(_folders.Dataset, "train.tsv"));
        File.Delete(Path.Combine(_folders.Dataset, "dev.tsv"));
        Assert.Equal(ExitCodes.Usage, await _client.RunAsync(_folders.Train()));
        Assert.Contains("has no split train (train.tsv, ", _client.Errors, StringComparison.Ordinal);
        Assert.Contains("has no split to evaluate on: dev, validation, valid, test", _client.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--target", "q", "--target-regex", "q.*", "allowed is one of them")]
    [InlineData("--method", "full", "--bias", "all", "bias is 'all', but method is full")]
    [InlineData("--method", "head", "--rank", "4", "method is head, which has no adapter")]
    [InlineData("--method", "full", "--adapter-config", "x.json", "method is full, which has no adapter")]
    [InlineData("--adapter-config", "x.json", "--alpha", "4", "adapter-config decides it")]
    public async Task An_option_that_would_be_ignored_is_refused(string first, string firstValue, string second, string secondValue,
        string expected)
    {
        Assert.Equal(ExitCodes.Usage, await _client.RunAsync(_folders.Train(first, firstValue, second, secondValue)));
        Assert.Contains(expected, _client.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "is not valid JSON")]
    [InlineData("[]", "is not a JSON object")]
    [InlineData("""{"target_modules":["all-linear"]}""", "target_modules has all-linear in a list")]
    [InlineData("""{"peft_type":"IA3","target_modules":["query"]}""", "allowed is \"LORA\"")]
    [InlineData("""{"target_modules":["query"],"use_qalora":true,"r":0}""", "use_qalora is true")]
    [InlineData("""{"target_modules":["nowhere"]}""", "target 'nowhere' takes no module")]
    public async Task An_adapter_config_that_is_none_is_refused(string text, string expected)
    {
        string file = _folders.PathOf("adapter_config.json");
        File.WriteAllText(file, text);
        Assert.Equal(ExitCodes.Usage, await _client.RunAsync(_folders.Train("--adapter-config", file)));
        Assert.Contains(expected, _client.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_adapter_config_travels_as_text()
    {
        string file = _folders.PathOf("adapter_config.json");
        File.WriteAllText(file, """{"peft_type":"LORA","r":4,"target_modules":["query"]}""");
        _client.Cluster.Complete();
        Assert.Equal(ExitCodes.Success, await _client.RunAsync(_folders.Train("--adapter-config", file)));
        Assert.Equal("""{"peft_type":"LORA","r":4,"target_modules":["query"]}""", _client.Cluster.Submitted.Spec.AdapterConfigJson);
    }

    [Theory]
    [InlineData("--target", "q,k,nothing", null)]
    [InlineData("--target", "nothing", "target 'nothing' takes no module; the linear layers are bert.encoder.layer.N.attention.self.query")]
    [InlineData("--target-regex", ".*encoder", "takes bert.encoder; allowed are linear layers")]
    [InlineData("--max-length", "129", "max-length is 129; allowed is at most the model's 128 positions")]
    public async Task What_does_not_fit_the_model_is_refused_before_it_is_submitted(string option, string value, string? expected)
    {
        _client.Cluster.Complete();
        Assert.Equal(expected is null ? ExitCodes.Success : ExitCodes.Usage, await _client.RunAsync(_folders.Train(option, value)));
        if (expected is not null) Assert.Contains(expected, _client.Errors, StringComparison.Ordinal);
        Assert.Equal(expected is null ? 1 : 0, _client.Cluster.Runs.Count);
    }

    [Fact]
    public async Task A_label_that_the_model_does_not_know_is_refused()
    {
        _folders.WriteSplit("train", "good\t1", "bad\t2");
        Assert.Equal(ExitCodes.Usage, await _client.RunAsync(_folders.Train()));
        Assert.Contains("line 3: label 2; the model has 2 labels, 0 to 1", _client.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_short_model_just_works()
    {
        _folders.WriteConfig(config => config["max_position_embeddings"] = 32);
        _folders.WriteWeights();
        _client.Cluster.Complete();
        Assert.Equal(ExitCodes.Success, await _client.RunAsync(_folders.Train()));
        Assert.Equal(32, _client.Cluster.Submitted.Spec.MaxLength);
    }

    [Fact]
    public async Task Hashes_name_the_bytes()
    {
        _client.Cluster.Complete();
        await _client.RunAsync(_folders.Train());
        string before = _client.Cluster.Submitted.Spec.DatasetHash;
        Assert.Equal(64, before.Length);
        Assert.Equal(64, _client.Cluster.Submitted.Spec.ModelHash.Length);
        _folders.WriteSplit("dev", "good\t0", "bad\t0");
        _client.Cluster.Complete();
        await _client.RunAsync(_folders.Train());
        Assert.NotEqual(before, _client.Cluster.Submitted.Spec.DatasetHash);
    }

    [Fact]
    public async Task More_trainers_than_slots_are_refused()
    {
        _client.Cluster.Nodes.Clear();
        _client.Cluster.Nodes.Add(FakeCluster.Node("silo-1", slots: 2));
        Assert.Equal(ExitCodes.Usage, await _client.RunAsync(_folders.Train("--trainers", "4")));
        Assert.Contains("allowed is at most the slots of the silos that can train together, 2 on silo-1", _client.Errors,
            StringComparison.Ordinal);
        Assert.Empty(_client.Cluster.Runs);
    }

    [Fact]
    public async Task With_redis_a_folder_may_be_elsewhere_but_not_relative()
    {
        _client.Cluster.Complete();
        Assert.Equal(ExitCodes.Success,
            await _client.RunAsync("train", "--model", "/silo/model", "--dataset", "/silo/data", "--redis", "10.0.0.5:6379", "--cluster",
            "c1"));
        Assert.Equal("/silo/model", _client.Cluster.Submitted.Spec.ModelPath);
        Assert.Equal("10.0.0.5:6379", _client.Cluster.Target!.Store);
        Assert.Equal("c1", _client.Cluster.Target.ClusterId);
        using var second = new ClientRun(new FakeCluster());
        Assert.Equal(ExitCodes.Usage,
            await second.RunAsync("train", "--model", "./model-elsewhere", "--dataset", "/silo/data", "--redis", "10.0.0.5:6379"));
        Assert.Contains("absolute path", second.Errors, StringComparison.Ordinal);
    }
}

using LoraCluster.Adapters;
using LoraCluster.Client;
using LoraCluster.Safetensors;

namespace LoraCluster.Tests.Unit.Client;

public sealed class TokenizeAndInspectTests : IDisposable
{
    private readonly ModelAndData _folders = new();
    private readonly ClientRun _client = new(new FakeCluster());

    public void Dispose()
    {
        _folders.Dispose();
        _client.Dispose();
    }

    [Fact]
    public async Task Texts_become_ids_and_pieces()
    {
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("tokenize", "--model", _folders.Model, "Good films", "x"));
        Assert.Equal(["2 5 7 8 3", "[CLS] good film ##s [SEP]", "2 1 3", "[CLS] [UNK] [SEP]"],
            _client.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task A_file_is_read_line_by_line_and_only_LF_ends_a_line()
    {
        string file = _folders.PathOf("texts.txt");
        await File.WriteAllTextAsync(file, "good\r\n\nbad\u2028film\n");
        string vocabulary = Path.Combine(_folders.Model, "vocab.txt");
        string[] command = ["tokenize", "--model", vocabulary, "--file", file, "--json", "--max-length", "4"];
        Assert.Equal(ExitCodes.Success, await _client.RunAsync(command));
        Assert.Equal(["good", "", "bad\u2028film"], _client.Json.Select(line => line.GetProperty("text").GetString()));
        Assert.Equal([2, 5, 3], _client.Json[0].GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()));
        IEnumerable<string?> pieces = _client.Json[2].GetProperty("pieces").EnumerateArray().Select(piece => piece.GetString());
        Assert.Equal(["[CLS]", "bad", "film", "[SEP]"], pieces);
    }

    [Fact]
    public async Task Other_kinds_of_tokenizer_are_found_by_their_files()
    {
        string folder = Directory.CreateDirectory(_folders.PathOf("opt")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "config.json"), """{"model_type": "opt"}""");
        string vocabulary = Path.Combine(folder, "vocab.json");
        await File.WriteAllTextAsync(vocabulary, """{"<pad>": 0, "</s>": 1, "a": 2, "b": 3, "\u0120": 4, "ab": 5}""");
        await File.WriteAllTextAsync(Path.Combine(folder, "merges.txt"), "#version: 0.2\na b\n");
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("tokenize", "--model", folder, "ab a"));
        Assert.Equal(["1 5 4 2", "</s> ab \u0120 a"], _client.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Tokenize_tells_all_that_is_missing()
    {
        Assert.Equal(ExitCodes.Usage, await _client.RunAsync("tokenize", "--max-length", "2"));
        foreach (string expected in (string[])["model is missing", "there is no text", "max-length is 2"])
            Assert.Contains(expected, _client.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_whole_model_is_described()
    {
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("inspect", _folders.Model, "--json", "--tensors"));
        var facts = Assert.Single(_client.Json).GetProperty("facts");
        Assert.Equal("bert", facts.GetProperty("family").GetString());
        Assert.Equal(2, facts.GetProperty("layers").GetInt32());
        Assert.True(facts.GetProperty("hasHead").GetBoolean());
        Assert.Equal(64, facts.GetProperty("contentHash").GetString()!.Length);
        Assert.Equal(facts.GetProperty("tensors").GetInt32(), _client.Json[0].GetProperty("tensorList").GetArrayLength());
    }

    [Fact]
    public async Task Everything_that_is_wrong_with_a_model_is_told()
    {
        _folders.WriteWeights(name => name == "bert.encoder.layer.1.output.dense.bias", value: float.NaN);
        _folders.WriteConfig(config => config["intermediate_size"] = 9);
        File.Delete(Path.Combine(_folders.Model, "vocab.txt"));
        Assert.Equal(ExitCodes.Failed, await _client.RunAsync("inspect", _folders.Model));
        foreach (string expected in (string[])["bert.encoder.layer.1.output.dense.bias is missing", "config.json asks for [9, 4]",
            "neither vocab.txt", "not finite"])
            Assert.Contains(expected, _client.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_safetensors_file_is_refused_by_name()
    {
        string file = _folders.PathOf("cut.safetensors");
        byte[] whole = await File.ReadAllBytesAsync(Path.Combine(_folders.Model, "model.safetensors"));
        await File.WriteAllBytesAsync(file, whole[..^3]);
        Assert.Equal(ExitCodes.Failed, await _client.RunAsync("inspect", file));
        Assert.Contains("cut.safetensors", _client.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_data_set_is_counted_and_compared()
    {
        _folders.WriteSplit("dev", "bad\t0", "\t1", "good\t3");
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("inspect", _folders.Dataset, "--model", _folders.Model));
        foreach (string expected in (string[])["1 sentences of dev occur in train", "1 sentences are empty", "no row has the label 2",
            "dev has labels up to 3", "tokens, most"])
            Assert.Contains(expected, _client.Output, StringComparison.Ordinal);
        _folders.WriteSplit("train", "good\tyes");
        Assert.Equal(ExitCodes.Failed, await _client.RunAsync("inspect", Path.Combine(_folders.Dataset, "train.tsv")));
        Assert.Contains("line 2", _client.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_data_set_of_other_columns_and_names_is_counted()
    {
        string folder = Directory.CreateDirectory(_folders.PathOf("other")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "train.csv"), "review,mood\n\"good, film\",pos\nbad film,neg\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "validation.jsonl"), "{\"review\": \"good\", \"mood\": \"pos\"}\n");
        string[] columns = ["--text-column", "review", "--label-column", "mood"];
        Assert.Equal(ExitCodes.Success, await _client.RunAsync(["inspect", folder, "--json", .. columns]));
        var facts = Assert.Single(_client.Json).GetProperty("facts");
        Assert.Equal(["neg", "pos"], facts.GetProperty("trainLabelNames").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal([0, 1], facts.GetProperty("validationRowsByLabel").EnumerateArray().Select(count => count.GetInt32()));
        using var second = new ClientRun(new FakeCluster());
        Assert.Equal(ExitCodes.Usage, await second.RunAsync("train", "--model", _folders.Model, "--dataset", folder));
        Assert.Contains("has the columns review, mood; which of them holds the text?", second.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_adapter_is_checked_by_itself_and_beside_its_model()
    {
        string folder = WriteAdapter(rankOfA: 2, "bert.encoder.layer.0.attention.self.query");
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("inspect", folder, "--json"));
        Assert.Equal(1, Assert.Single(_client.Json).GetProperty("facts").GetProperty("adaptedModules").GetInt32());
        using var second = new ClientRun(new FakeCluster());
        Assert.Equal(ExitCodes.Failed, await second.RunAsync("inspect", folder, "--model", _folders.Model));
        Assert.Contains("bert.encoder.layer.1.attention.self.query.lora_A.weight is missing", second.Errors, StringComparison.Ordinal);
        using var third = new ClientRun(new FakeCluster());
        Assert.Equal(ExitCodes.Failed,
            await third.RunAsync("inspect", WriteAdapter(rankOfA: 3, "bert.encoder.layer.0.attention.self.query")));
        Assert.Contains("the configuration's rank is 2", third.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_nothing_known_is_said_to_be_so()
    {
        Assert.Equal(ExitCodes.Usage, await _client.RunAsync("inspect", _folders.PathOf("nowhere")));
        Assert.Equal(ExitCodes.Usage, await _client.RunAsync("inspect", Directory.CreateDirectory(_folders.PathOf("empty")).FullName));
        Assert.Contains("it holds nothing", _client.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_real_model_and_data_are_whole()
    {
        string model = SharedData.Require(Path.Combine(SharedData.Data, "all-minilm-l6-v2")),
            data = SharedData.Require(Path.Combine(SharedData.Data, "sst2"));
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("inspect", model));
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("inspect", data));
        Assert.Contains("67,349", _client.Output, StringComparison.Ordinal);
    }

    private string WriteAdapter(int rankOfA, params string[] modules)
    {
        string folder = Directory.CreateDirectory(_folders.PathOf($"adapter-{rankOfA}")).FullName;
        File.WriteAllBytes(Path.Combine(folder, AdapterFolder.ConfigFile),
            AdapterFolder.WriteConfig(new LoraConfig { Rank = 2, Alpha = 4, TargetModules = TargetModules.Named("query") }, "base",
                task: null));
        SafetensorsWriter.Write(Path.Combine(folder, AdapterFolder.WeightsFile),
            modules.SelectMany(module => (IEnumerable<(string, SafetensorDtype, long[], ReadOnlyMemory<byte>)>)
        [
            (AdapterFolder.NameOfA(module), SafetensorDtype.F32, [rankOfA, 4], ModelAndData.Bytes([rankOfA, 4], 0)),
            (AdapterFolder.NameOfB(module), SafetensorDtype.F32, [4, 2], ModelAndData.Bytes([4, 2], 0)),
        ]));
        return folder;
    }
}

using System.Runtime.InteropServices;
using System.Text.Json;
using LoraCluster.Adapters;
using LoraCluster.Merging;
using LoraCluster.Models;
using LoraCluster.Safetensors;
using LoraCluster.Tests.Numerics.Fidelity;
using LoraCluster.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Tests.Numerics.Merging;

/// <summary>A merged folder holds PEFT's numbers, and a model that computes what base and adapter computed.</summary>
[Trait("Category", "Fidelity")]
public sealed class MergedModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static IEnumerable<TheoryDataRow<string, string>> Variants() =>
        Fixture.All().Where(row => row.Data.Item2 is not ("base" or "full_ft"));

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Variants))]
    public void Every_variant_merges_to_the_reference_s_folder(string model, string variant)
    {
        string fixture = Fixture.Require(model), own = Path.Combine(fixture, variant), baseFolder = Path.Combine(fixture, "base");
        string output = _folder.File("merged");
        using (MergedModel merged = MergedModel.Open(baseFolder, Fixture.Adapter(own)))
        {
            merged.WriteTo(output);
            Assert.All(merged.Files, f => Assert.Equal(f.Length, new FileInfo(Path.Combine(output, f.Name)).Length));
            Assert.Equal(merged.Files.Select(f => f.Name).Order(), Directory.GetFiles(output).Select(Path.GetFileName).Order());
        }
        Assert.Equal(File.ReadAllBytes(Path.Combine(baseFolder, "config.json")), File.ReadAllBytes(Path.Combine(output, "config.json")));

        float[] logits = MergedFolder.Logits(output, Path.Combine(fixture, "batch.json"));
        float[] expected = Fixture.Tensors(Path.Combine(own, "expected.safetensors"))["logits_merged"];
        if (ModelFamily.Read(Path.Combine(output, "config.json")).Family.Task == ModelTask.CausalLm)
            Fixture.NearAtTokens(expected, logits, Path.Combine(fixture, "batch.json"), FidelityChecks.LanguageLogits, "merged logits");
        else Fixture.Near(expected, logits, FidelityChecks.ClassifierLogits, "merged logits");

        string reference = Path.Combine(own, "merged");
        if (!Directory.Exists(reference)) return;
        Dictionary<string, byte[]> before = MergedFolder.Bytes(baseFolder), theirs = MergedFolder.Bytes(reference),
            ours = MergedFolder.Bytes(output);
        Assert.Equal(theirs.Keys.Order(), ours.Keys.Order());
        Dictionary<string, float[]> ourValues = Fixture.Tensors(Path.Combine(output, "model.safetensors"));
        foreach ((string name, float[] values) in Fixture.Tensors(Path.Combine(reference, "model.safetensors")))
        {
            if (theirs[name].AsSpan().SequenceEqual(before[name])) Assert.Equal(before[name], ours[name]);
            Fixture.Near(values, ourValues[name], 1e-6, name);
        }
    }

    [Fact]
    public void The_tokenizer_comes_along_whatever_its_file_is_called()
    {
        string fixture = Fixture.Require("llama-tiny");
        string baseFolder = MergedFolder.Variant(_folder, Path.Combine(fixture, "base"), SafetensorDtype.F32);
        File.WriteAllBytes(Path.Combine(baseFolder, "tok512.model"), [1, 2, 3]);
        using MergedModel merged = MergedModel.Open(baseFolder, Fixture.Adapter(Path.Combine(fixture, "qv")));
        merged.WriteTo(_folder.File("merged"));
        Assert.Equal([1, 2, 3], File.ReadAllBytes(Path.Combine(_folder.File("merged"), "tok512.model")));
    }

    [Theory]
    [InlineData("BF16", ScalarType.BFloat16)]
    [InlineData("F16", ScalarType.Float16)]
    public void A_half_precision_base_is_summed_in_fp32_and_rounded_once(string dtype, ScalarType half)
    {
        string fixture = Fixture.Require("llama-tiny"), own = Path.Combine(fixture, "qv_dora");
        string baseFolder = MergedFolder.Variant(_folder, Path.Combine(fixture, "base"), SafetensorDtypes.Parse(dtype));
        AdapterFolder adapter = Fixture.Adapter(own);
        using (MergedModel merged = MergedModel.Open(baseFolder, adapter)) merged.WriteTo(_folder.File("merged"));
        Dictionary<string, byte[]> before = MergedFolder.Bytes(baseFolder), after = MergedFolder.Bytes(_folder.File("merged"));
        using BaseModel model = BaseModel.Load(baseFolder);
        using TrainableModel trained = TrainableModel.WithAdapter(model, adapter);
        trained.Merge();
        foreach ((string name, byte[] bytes) in after)
        {
            using Tensor exact = trained.Weight(name), rounded = exact.to_type(half);
            Assert.Equal(rounded.bytes.ToArray(), bytes);
            bool adapted = trained.Plan.Targets.Contains(name[..^".weight".Length]);
            Assert.Equal(!adapted, bytes.AsSpan().SequenceEqual(before[name]));
        }
    }

    [Fact]
    public void A_sum_that_does_not_fit_the_base_s_dtype_is_refused_and_nothing_is_left()
    {
        string fixture = Fixture.Require("opt-tiny");
        string baseFolder = MergedFolder.Variant(_folder, Path.Combine(fixture, "base"), SafetensorDtype.F16);
        AdapterFolder adapter = Fixture.Adapter(Path.Combine(fixture, "qv"));
        adapter.Tensors.First(t => t.Key.Contains("lora_A", StringComparison.Ordinal)).Value.Values.AsSpan().Fill(1e6f);
        using MergedModel merged = MergedModel.Open(baseFolder, adapter);
        var error = Assert.Throws<UserErrorException>(() => merged.WriteTo(_folder.File("merged")));
        Assert.Contains("too large for the base's F16", error.Message, StringComparison.Ordinal);
        Assert.Equal([baseFolder], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData("model.decoder.embed_tokens", false)]
    [InlineData("lm_head", false)]
    [InlineData("lm_head", true)]
    [InlineData("model.decoder.embed_tokens", true)]
    public void An_adapter_on_a_tied_head_or_its_embedding_unties_them(string module, bool saved)
    {
        string fixture = Fixture.Require("opt-tiny"), baseFolder = Path.Combine(fixture, "base");
        var lora = new LoraConfig
        {
            Rank = 4, TargetModules = saved ? TargetModules.Named("q_proj") : TargetModules.Named("q_proj", module),
            ModulesToSave = saved ? [module] : [], Initialization = AdapterInitialization.Random,
        };
        using BaseModel model = BaseModel.Load(baseFolder);
        using TokenBatch batch = Fixture.Batch(Path.Combine(fixture, "batch.json"), model);
        using TrainableModel trained = TrainableModel.Create(model, new TrainingOptions { Lora = lora });
        if (saved) Disturb(trained);
        AdapterFolder adapter = Written.Adapter(trained, model, _folder.File("adapter"));
        using (MergedModel merged = MergedModel.Open(baseFolder, adapter))
        {
            Assert.Contains(merged.Notices, n => n.Contains("tie_word_embeddings is false", StringComparison.Ordinal));
            merged.WriteTo(_folder.File("merged"));
        }
        Assert.False(Fixture.Json(_folder.File("merged/config.json")).GetProperty("tie_word_embeddings").GetBoolean());
        Assert.Contains("lm_head.weight", MergedFolder.Bytes(_folder.File("merged")).Keys);
        string rows = Path.Combine(fixture, "batch.json");
        float[] logits = MergedFolder.Logits(_folder.File("merged"), rows);
        Fixture.NearAtTokens(MergedFolder.Logits(trained, batch), logits, rows, 5e-5, "logits");
    }

    [Fact]
    public void A_head_of_an_adapter_completes_a_base_that_has_none()
    {
        string fixture = Fixture.Require("bert-tiny");
        string baseFolder = MergedFolder.Variant(_folder, Path.Combine(fixture, "base"),
            keep: name => !name.StartsWith("classifier", StringComparison.Ordinal),
            edit: json =>
            {
                foreach (string field in new[] { "id2label", "label2id", "num_labels" }) json.Remove(field);
                json["architectures"] = new System.Text.Json.Nodes.JsonArray("BertModel");
            });
        using (MergedModel merged = MergedModel.Open(baseFolder, Fixture.Adapter(Path.Combine(fixture, "qv"))))
            merged.WriteTo(_folder.File("merged"));
        JsonElement config = Fixture.Json(_folder.File("merged/config.json"));
        Assert.Equal("BertForSequenceClassification", config.GetProperty("architectures")[0].GetString());
        Assert.Equal(3, config.GetProperty("id2label").EnumerateObject().Count());
        float[] expected = Fixture.Tensors(Path.Combine(fixture, "qv", "expected.safetensors"))["logits_merged"];
        Fixture.Near(expected, MergedFolder.Logits(_folder.File("merged"), Path.Combine(fixture, "batch.json")), 5e-6, "logits");
    }

    [Fact]
    public void A_base_without_a_head_and_adapters_without_one_are_refused()
    {
        string fixture = Fixture.Require("bert-tiny");
        string baseFolder = MergedFolder.Variant(_folder, Path.Combine(fixture, "base"),
            keep: name => !name.StartsWith("classifier", StringComparison.Ordinal));
        AdapterFolder whole = Fixture.Adapter(Path.Combine(fixture, "qv"));
        var adapter = new AdapterFolder(whole.Config with { TrainsHead = false, ModulesToSave = [] },
            whole.Tensors.Where(t => !t.Key.Contains("classifier", StringComparison.Ordinal)).ToDictionary(), whole.Path);
        var error = Assert.Throws<UserErrorException>(() => MergedModel.Open(baseFolder, adapter));
        Assert.Contains("no adapter brings one; the head's modules are classifier", error.Message, StringComparison.Ordinal);
        using MergedModel merged = MergedModel.Open(baseFolder, adapter, whole);
        Assert.Equal(6, merged.ChangedTensors);
    }

    [Fact]
    public void Shards_and_torch_files_merge_to_the_same_bytes()
    {
        string fixture = Fixture.Require("bert-tiny"), baseFolder = MergedFolder.Variant(_folder, Path.Combine(fixture, "base"));
        string path = Path.Combine(baseFolder, "model.safetensors");
        AdapterFolder adapter = Fixture.Adapter(Path.Combine(fixture, "qv"));
        var tensors = new List<(string Name, long[] Shape, byte[] Data)>();
        using (SafetensorsReader file = SafetensorsReader.Open(path))
            tensors.AddRange(file.Tensors.Select(t => (t.Name, t.Shape, file.Bytes(t.Name).ToArray())));
        byte[] Merged(string name)
        {
            using MergedModel merged = MergedModel.Open(baseFolder, adapter);
            merged.WriteTo(_folder.File(name));
            return File.ReadAllBytes(Path.Combine(_folder.File(name), "model.safetensors"));
        }
        byte[] expected = Merged("one");
        File.Delete(path);
        CheckpointFormsTests.WriteTorch(Path.Combine(baseFolder, "pytorch_model.bin"), tensors);
        Assert.Equal(expected, Merged("torch"));
        foreach (Files.OutputFile shard in WeightShards.Of([.. tensors.Select(t =>
            new SafetensorSource(t.Name, SafetensorDtype.F32, t.Shape, stream => stream.Write(t.Data)))], largest: 20_000))
        {
            using FileStream stream = File.Create(Path.Combine(baseFolder, shard.Name));
            shard.WriteTo(stream);
        }
        Assert.True(Directory.GetFiles(baseFolder, "model-*").Length > 2);
        Assert.Equal(expected, Merged("shards"));
    }

    [Fact]
    public void An_adapter_with_a_copy_of_another_base_s_embedding_is_refused()
    {
        string fixture = Fixture.Require("opt-tiny"), baseFolder = Path.Combine(fixture, "base");
        using BaseModel model = BaseModel.Load(baseFolder);
        var lora = new LoraConfig { Rank = 2, TargetModules = TargetModules.Named("lm_head") };
        using TrainableModel trained = TrainableModel.Create(model, new TrainingOptions { Lora = lora });
        Written.Adapter(trained, model, _folder.File("adapter"));
        string path = _folder.File("adapter/adapter_model.safetensors");
        float[] table = TensorMemory.ToArray<float>(model.Weight("lm_head.weight"));
        AdapterFolder With(float first)
        {
            table[0] = first;
            Dictionary<string, (long[] Shape, float[] Values)> tensors = new(AdapterFolder.Read(_folder.File("adapter")).Tensors)
            {
                ["base_model.model.lm_head.base_layer.weight"] = (model.Weight("lm_head.weight").shape, table),
            };
            SafetensorsWriter.Write(path, tensors.Select(t => (t.Key, SafetensorDtype.F32, t.Value.Shape,
                (ReadOnlyMemory<byte>)MemoryMarshal.AsBytes<float>(t.Value.Values).ToArray())));
            return AdapterFolder.Read(_folder.File("adapter"));
        }
        float own = table[0];
        using (MergedModel merged = MergedModel.Open(baseFolder, With(own).CalledBy("mine"))) Assert.Equal(1, merged.ChangedTensors);
        var error = Assert.Throws<UserErrorException>(() => MergedModel.Open(baseFolder, With(own + 1).CalledBy("mine")));
        Assert.StartsWith("mine: the adapter belongs to another base model", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_adapters_are_merged_one_after_the_other()
    {
        string fixture = Fixture.Require("llama-tiny"), baseFolder = Path.Combine(fixture, "base");
        AdapterFolder first = Fixture.Adapter(Path.Combine(fixture, "qv"));
        AdapterFolder second = Fixture.Adapter(Path.Combine(fixture, "all_linear_dora"));
        using (MergedModel one = MergedModel.Open(baseFolder, first)) one.WriteTo(_folder.File("one"));
        using (MergedModel two = MergedModel.Open(_folder.File("one"), second)) two.WriteTo(_folder.File("two"));
        using (MergedModel both = MergedModel.Open(baseFolder, first, second)) both.WriteTo(_folder.File("both"));
        Dictionary<string, byte[]> expected = MergedFolder.Bytes(_folder.File("two"));
        Assert.All(MergedFolder.Bytes(_folder.File("both")), t => Assert.Equal(expected[t.Key], t.Value));
    }

    [Fact]
    public void Two_different_heads_are_refused_and_equal_ones_are_not()
    {
        string fixture = Fixture.Require("bert-tiny"), baseFolder = Path.Combine(fixture, "base");
        AdapterFolder first = Fixture.Adapter(Path.Combine(fixture, "qv")), second = Fixture.Adapter(Path.Combine(fixture, "qv_rslora"));
        using (MergedModel same = MergedModel.Open(baseFolder, first, first)) Assert.NotEmpty(same.Files);
        second.Tensors[AdapterFolder.NameOfSaved("classifier.bias")].Values[0] += 1;
        var error = Assert.Throws<UserErrorException>(() => MergedModel.Open(baseFolder, first, second));
        Assert.Contains(first.Path, error.Message, StringComparison.Ordinal);
        Assert.Contains(second.Path, error.Message, StringComparison.Ordinal);
        Assert.Contains("both bring classifier.bias", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_adapter_of_another_model_is_refused_by_name()
    {
        string baseFolder = Path.Combine(Fixture.Require("llama-tiny"), "base"), other = Fixture.Require("bert-tiny");
        AdapterFolder adapter = Fixture.Adapter(Path.Combine(other, "qv"));
        var error = Assert.Throws<UserErrorException>(() => MergedModel.Open(baseFolder, adapter));
        Assert.StartsWith(adapter.Path, error.Message, StringComparison.Ordinal);
        Assert.Contains("takes no module", error.Message, StringComparison.Ordinal);
    }

    private static void Disturb(TrainableModel model)
    {
        float[] values = model.GetParameters();
        for (int i = 0; i < values.Length; i++) values[i] += 0.05f * MathF.Sin(i);
        model.SetParameters(values);
    }
}

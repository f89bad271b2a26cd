using System.Runtime.InteropServices;
using LoraCluster.Adapters;
using LoraCluster.Data;
using LoraCluster.Hub;
using LoraCluster.Models;
using LoraCluster.Models.Opt;
using LoraCluster.Safetensors;
using LoraCluster.Tests.Numerics.Fidelity;
using LoraCluster.Tests.Unit.Hub;
using LoraCluster.Tokenizers;
using LoraCluster.Training;

namespace LoraCluster.Tests.Numerics.Training;

/// <summary>A model of real size by its name at the hub, from the request to the optimizer's steps.</summary>
public sealed class HubModelTests
{
    private const string Name = "distilbert-base-uncased", Owner = "distilbert/distilbert-base-uncased";

    [Fact]
    public async Task Distilbert_at_full_size_is_pulled_by_its_name_and_trains_a_few_steps()
    {
        string config = SharedData.Require(Path.Combine(SharedData.Data, Name, "config.json"));
        string vocabulary = SharedData.Require(Path.Combine(SharedData.Data, "bert-base-uncased", "vocab.txt"));
        using var folder = new TemporaryFolder();
        await using FakeHub hub = await FakeHub.StartAsync();
        hub.Rename(Name, Owner);
        hub.Repository(Owner).Add("config.json", File.ReadAllText(config)).Add("vocab.txt", File.ReadAllText(vocabulary))
            .Add("model.safetensors", Checkpoint(config, folder.File("weights")));

        HubOptions options = hub.Options(folder.File("cache"));
        HubSnapshot snapshot = await HubSnapshot.EnsureAsync(HubReference.Parse(Name, HubKind.Model), options);
        Assert.Equal(Name, HubSnapshot.NameOf(snapshot.Content));
        using BaseModel model = BaseModel.Load(snapshot.Content);
        EncodedDataset rows = EncodedDataset.Encode(Rows(folder.File("rows")), TokenizerFolder.Load(snapshot.Content), maxLength: 16);
        var training = new TrainingOptions
        {
            MaxSteps = 2, GlobalBatchSize = 4, MicroBatchSize = 2, MaxLength = 16, Lora = new LoraConfig { Rank = 4 },
        };
        using var replica = new TrainingReplica(model, training, rows, rows, Name);
        double[] losses = [replica.TakeStep().Loss, replica.TakeStep().Loss];
        Assert.All(losses, loss => Assert.InRange(loss, 0.01, 10));
        Assert.Equal(2, replica.Step);
    }

    [Fact]
    public async Task Opt_125m_as_it_is_published_is_pulled_by_its_name_and_trains_a_step()
    {
        string folder = SharedData.Require(Path.Combine(SharedData.Data, "opt-125m")), config = Path.Combine(folder, "config.json");
        using var own = new TemporaryFolder();
        (_, ModelConfig shape) = ModelFamily.Read(config);
        var random = new Random(1);
        // facebook/opt-125m is a pytorch_model.bin without a lm_head.weight of its own, and its names lack "model.".
        List<(string, long[], byte[])> tensors = [.. new OptFamily().LayoutOf(shape).Tensors
            .Select(t => (t.Name["model.".Length..], t.Shape, Values(t.Name, t.Shape, random).ToArray()))];
        CheckpointFormsTests.WriteTorch(own.File("pytorch_model.bin"), tensors);
        await using FakeHub hub = await FakeHub.StartAsync();
        FakeRepository repository = hub.Repository("facebook/opt-125m").Add("pytorch_model.bin",
            File.ReadAllBytes(own.File("pytorch_model.bin")));
        foreach (string name in new[] { "config.json", "vocab.json", "merges.txt" })
            repository.Add(name, File.ReadAllText(Path.Combine(folder, name)));

        HubSnapshot snapshot = await HubSnapshot.EnsureAsync(
            HubReference.Parse("facebook/opt-125m", HubKind.Model), hub.Options(own.File("cache")));
        using BaseModel model = BaseModel.Load(snapshot.Content);
        Assert.Equal("model.decoder.embed_tokens", model.Layout.TiedTo);
        EncodedDataset rows = EncodedDataset.EncodeLanguage(["A fine film.", "A dull one."], TokenizerFolder.Load(snapshot.Content), 16,
            Packing.Padded);
        var training = new TrainingOptions { MaxSteps = 1, GlobalBatchSize = 2, MicroBatchSize = 1, MaxLength = 16 };
        using var replica = new TrainingReplica(model, training, rows, rows, "facebook/opt-125m");
        Assert.Equal(294_912, replica.TrainableParameters);
        Assert.InRange(replica.TakeStep().Loss, 8, 14);
    }

    /// <summary>The tensors of the published file, those of its pre-training head included, with random values.</summary>
    private static byte[] Checkpoint(string config, string path)
    {
        (ModelFamily family, ModelConfig shape) = ModelFamily.Read(config);
        ModelLayout layout = family.LayoutOf(shape);
        long width = shape.HiddenSize, words = shape.VocabularySize;
        (string Name, long[] Shape)[] head =
        [
            ("vocab_transform.weight", [width, width]), ("vocab_transform.bias", [width]), ("vocab_layer_norm.weight", [width]),
            ("vocab_layer_norm.bias", [width]), ("vocab_projector.bias", [words]),
        ];
        string[] classifier = [.. layout.HeadModules];
        var random = new Random(1);
        SafetensorsWriter.Write(path, layout.Tensors
            .Where(t => !classifier.Any(module => t.Name.StartsWith(module, StringComparison.Ordinal)))
            .Concat(head).Select(t => (t.Name, SafetensorDtype.F32, t.Shape, Values(t.Name, t.Shape, random))));
        byte[] bytes = File.ReadAllBytes(path);
        File.Delete(path);
        return bytes;
    }

    private static ReadOnlyMemory<byte> Values(string name, long[] shape, Random random)
    {
        float[] values = new float[shape.Aggregate(1L, (a, n) => a * n)];
        bool isNorm = name.Contains("layer_norm", StringComparison.Ordinal) || name.Contains("LayerNorm", StringComparison.Ordinal);
        if (isNorm) Array.Fill(values, name.EndsWith("weight", StringComparison.Ordinal) ? 1 : 0);
        else for (int k = 0; k < values.Length; k++) values[k] = (random.NextSingle() - 0.5f) * 0.07f;
        return MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
    }

    private static TextDataset Rows(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "train.tsv"),
            "sentence\tlabel\na fine film\t1\na dull film\t0\nwitty and warm\t1\nlong and cold\t0\n");
        return TextDataset.Load(folder, "train");
    }
}

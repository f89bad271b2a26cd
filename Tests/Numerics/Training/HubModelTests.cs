using System.Runtime.InteropServices;
using LoraCluster.Adapters;
using LoraCluster.Data;
using LoraCluster.Hub;
using LoraCluster.Models;
using LoraCluster.Safetensors;
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

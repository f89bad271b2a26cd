using System.Runtime.InteropServices;
using LoraCluster.Models;
using LoraCluster.Safetensors;
using LoraCluster.Training;
using static TorchSharp.torch;

namespace LoraCluster.Tests.Numerics.Fidelity;

/// <summary>What is particular to RoBERTa: where positions start, a padding id inside a text, what published checkpoints carry.</summary>
[Trait("Category", "Fidelity")]
public sealed class RobertaTests
{
    private static string Folder => SharedData.Require(Path.Combine(SharedData.Fixtures, "roberta-tiny", "base"));

    [Fact]
    public void The_longest_sequence_is_the_positions_less_the_padding_id_and_one()
    {
        using BaseModel model = BaseModel.Load(Folder);
        Assert.Equal((64, 2, 66L), (model.Config.Positions, ((EncoderConfig)model.Config).FirstPosition,
            model.Weight("roberta.embeddings.position_embeddings.weight").shape[0]));
        Assert.Equal(66, (int)model.Family.WriteConfig(model.Config)["max_position_embeddings"]!);
        using TrainableModel trained = TrainableModel.Create(model, new TrainingOptions { Method = TrainingMethod.Head });
        using TokenBatch batch = TokenBatch.Of([[.. Enumerable.Repeat(7, 64)]], [0], model.Config.PadId);
        using Tensor logits = trained.Logits(batch);
        Assert.All(logits.data<float>().ToArray(), l => Assert.True(float.IsFinite(l)));
    }

    [Fact]
    public void A_padding_id_inside_a_text_takes_no_position_of_its_own()
    {
        using BaseModel model = BaseModel.Load(Folder);
        using TrainableModel trained = TrainableModel.Create(model, new TrainingOptions { Method = TrainingMethod.Head });
        using TokenBatch batch = TokenBatch.Of([[0, 5, 1, 7, 9, 2], [0, 9, 8, 2]], [0, 0], model.Config.PadId);
        Assert.True(batch.HasPadIdInside);
        using Tensor logits = trained.Logits(batch);
        // From transformers 5.12.1.
        float[] expected = [-0.92272580f, -0.64025080f, -0.55104029f, -1.00229204f];
        Fixture.Near(expected, logits.data<float>().ToArray(), 5e-6, "logits");
    }

    [Theory]
    [InlineData("roberta.")]
    [InlineData("")]
    public void A_checkpoint_of_pre_training_loads_without_its_head_and_pooler(string prefix)
    {
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(Folder, "config.json"), folder.File("config.json"));
        using (SafetensorsReader reader = SafetensorsReader.Open(Path.Combine(Folder, "model.safetensors")))
        {
            var tensors = reader.Tensors.Where(t => t.Name.StartsWith("roberta.", StringComparison.Ordinal))
                .Select(t => (prefix + t.Name["roberta.".Length..], t.Shape, Values(reader, t))).ToList();
            tensors.AddRange([("lm_head.bias", [140], new float[140]), ("lm_head.dense.weight", [32, 32], new float[1024]),
                (prefix + "pooler.dense.weight", [32, 32], new float[1024]), (prefix + "embeddings.position_ids", [1, 66], new float[66])]);
            File.WriteAllBytes(folder.File("model.safetensors"), SafetensorsWriter.ToBytes(tensors.Select(t =>
                (t.Item1, SafetensorDtype.F32, t.Item2, (ReadOnlyMemory<byte>)MemoryMarshal.AsBytes<float>(t.Item3).ToArray()))));
        }
        using BaseModel model = BaseModel.Load(folder.Path);
        Assert.False(model.HasHead);
        Assert.Equal(4, model.Skipped.Count);
        using TrainableModel trained = TrainableModel.Create(model, new TrainingOptions(), labelCount: 3);
        Assert.Equal([3L], trained.Layout.Slots.Single(s => s.Name == "base_model.model.classifier.out_proj.bias").Shape);
    }

    private static float[] Values(SafetensorsReader reader, SafetensorInfo tensor)
    {
        var values = new float[tensor.Shape.Aggregate(1L, (a, n) => a * n)];
        reader.ReadSingles(tensor.Name, values);
        return values;
    }
}

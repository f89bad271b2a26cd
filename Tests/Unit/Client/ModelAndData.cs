using System.Text.Json.Nodes;
using LoraCluster.Models;
using LoraCluster.Safetensors;

namespace LoraCluster.Tests.Unit.Client;

/// <summary>A whole model of a few hundred parameters (all of them 0) and a data set of a few rows.</summary>
internal sealed class ModelAndData : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ModelAndData()
    {
        Model = Directory.CreateDirectory(_folder.File("model")).FullName;
        Dataset = Directory.CreateDirectory(_folder.File("data")).FullName;
        WriteConfig(_ => { });
        WriteWeights();
        File.WriteAllText(Path.Combine(Model, "vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\ngood\nbad\nfilm\n##s\n");
        WriteSplit("train", "good film\t1", "bad films\t0", "bad\t0");
        WriteSplit("dev", "good\t1", "bad film\t0");
    }

    public string Model { get; }

    public string Dataset { get; }

    public string PathOf(string name) => _folder.File(name);

    public string[] Train(params string[] more) => ["train", "--model", Model, "--dataset", Dataset, .. more];

    public void WriteSplit(string split, params string[] rows) =>
        File.WriteAllText(Path.Combine(Dataset, split + ".tsv"), "sentence\tlabel\n" + string.Concat(rows.Select(row => row + "\n")));

    public void WriteConfig(Action<JsonObject> change)
    {
        JsonObject config = new()
        {
            ["model_type"] = "bert", ["vocab_size"] = 9, ["hidden_size"] = 4, ["num_hidden_layers"] = 2, ["num_attention_heads"] = 2,
            ["intermediate_size"] = 8, ["max_position_embeddings"] = 128,
        };
        change(config);
        File.WriteAllText(Path.Combine(Model, "config.json"), config.ToJsonString());
    }

    /// <summary>Writes the checkpoint that config.json asks for, less the tensors that are left out.</summary>
    public void WriteWeights(Func<string, bool>? leftOut = null, float value = 0)
    {
        (ModelFamily family, ModelConfig config) = ModelFamily.Read(Path.Combine(Model, "config.json"));
        SafetensorsWriter.Write(Path.Combine(Model, "model.safetensors"), family.LayoutOf(config).Tensors
            .Where(tensor => leftOut?.Invoke(tensor.Name) != true)
            .Select(tensor => (tensor.Name, SafetensorDtype.F32, tensor.Shape, (ReadOnlyMemory<byte>)Bytes(tensor.Shape, value))));
    }

    public static byte[] Bytes(long[] shape, float value)
    {
        float[] values = new float[shape.Aggregate(1L, (product, n) => product * n)];
        Array.Fill(values, value);
        return System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values).ToArray();
    }

    public void Dispose() => _folder.Dispose();
}

using System.Text.Json.Nodes;
using LoraCluster.Models;
using LoraCluster.Safetensors;
using LoraCluster.Training;
using LoraCluster.Tests.Numerics.Fidelity;
using static TorchSharp.torch;

namespace LoraCluster.Tests.Numerics.Merging;

/// <summary>Model folders for tests of merging, made from a fixture's base.</summary>
internal static class MergedFolder
{
    /// <summary>A copy of a base with other dtypes, without some tensors, with other fields of config.json.</summary>
    public static string Variant(TemporaryFolder parent, string baseFolder, SafetensorDtype dtype = SafetensorDtype.F32,
        Func<string, bool>? keep = null, Action<JsonObject>? edit = null)
    {
        string folder = Directory.CreateDirectory(parent.File("base")).FullName;
        JsonObject config = JsonNode.Parse(File.ReadAllText(Path.Combine(baseFolder, "config.json")))!.AsObject();
        edit?.Invoke(config);
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
        using SafetensorsReader reader = SafetensorsReader.Open(Path.Combine(baseFolder, "model.safetensors"));
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), reader.Tensors.Where(t => keep?.Invoke(t.Name) ?? true)
            .Select(t => (t.Name, dtype, t.Shape, (ReadOnlyMemory<byte>)Narrow(reader, t, dtype))));
        return folder;
    }

    /// <summary>The bytes of every tensor of a folder's model.safetensors.</summary>
    public static Dictionary<string, byte[]> Bytes(string folder)
    {
        using SafetensorsReader reader = SafetensorsReader.Open(Path.Combine(folder, "model.safetensors"));
        return reader.Tensors.ToDictionary(t => t.Name, t => reader.Bytes(t.Name).ToArray(), StringComparer.Ordinal);
    }

    public static float[] Logits(TrainableModel model, TokenBatch batch)
    {
        using Tensor logits = model.Logits(batch);
        return logits.data<float>().ToArray();
    }

    /// <summary>Logits of a folder's model on a batch.</summary>
    public static float[] Logits(string folder, string batchPath)
    {
        using BaseModel model = BaseModel.Load(folder);
        using TokenBatch batch = Fixture.Batch(batchPath, model);
        using TrainableModel frozen = TrainableModel.Frozen(model);
        return Logits(frozen, batch);
    }

    private static byte[] Narrow(SafetensorsReader reader, SafetensorInfo tensor, SafetensorDtype dtype)
    {
        var values = new float[tensor.ElementCount];
        reader.ReadSingles(tensor.Name, values);
        var bytes = new byte[values.Length * SafetensorDtypes.BitsOf(dtype) / 8];
        Assert.True(SingleNarrowing.Convert(dtype, values, bytes));
        return bytes;
    }
}

using LoraCluster.Models;
using LoraCluster.Safetensors;
using LoraCluster.Tests.Cluster;
using LoraCluster.Tests.Unit.Checkpoints;

namespace LoraCluster.Tests.Numerics.Fidelity;

/// <summary>A model is the same whatever form its weights have.</summary>
public sealed class CheckpointFormsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Torch_files_and_shards_give_the_weights_of_the_one_safetensors_file()
    {
        (string model, _) = TinyEncoder.Write(folder);
        string path = Path.Combine(model, "model.safetensors");
        var tensors = new List<(string Name, long[] Shape, byte[] Data)>();
        using (SafetensorsReader file = SafetensorsReader.Open(path))
            foreach (SafetensorInfo tensor in file.Tensors) tensors.Add((tensor.Name, tensor.Shape, file.Bytes(tensor.Name).ToArray()));
        using BaseModel expected = BaseModel.Load(model);
        File.Delete(path);

        WriteTorch(Path.Combine(model, "pytorch_model.bin"), tensors);
        RequireSame(expected, model, tensors);
        File.Delete(Path.Combine(model, "pytorch_model.bin"));

        int half = tensors.Count / 2;
        WriteTorch(Path.Combine(model, "part-1.bin"), tensors[..half]);
        WriteTorch(Path.Combine(model, "part-2.bin"), tensors[half..]);
        string map = string.Join(", ", tensors.Select((tensor, i) => $"\"{tensor.Name}\": \"part-{(i < half ? "1" : "2")}.bin\""));
        File.WriteAllText(Path.Combine(model, "pytorch_model.bin.index.json"), $"{{\"weight_map\": {{{map}}}}}");
        RequireSame(expected, model, tensors);
    }

    private static void RequireSame(BaseModel expected, string folder, List<(string Name, long[] Shape, byte[] Data)> tensors)
    {
        using BaseModel actual = BaseModel.Load(folder);
        foreach ((string name, _, _) in tensors.Where(tensor => expected.Has(tensor.Name)))
            Assert.Equal(expected.Weight(name).data<float>().ToArray(), actual.Weight(name).data<float>().ToArray());
        Assert.Equal(expected.HasHead, actual.HasHead);
    }

    internal static void WriteTorch(string path, List<(string Name, long[] Shape, byte[] Data)> tensors)
    {
        string Key(int i) => FormattableString.Invariant($"{i}");
        (string, SmallTensor)[] entries = [.. tensors.Select((tensor, i) =>
            (tensor.Name, new SmallTensor(Key(i), tensor.Data.Length / 4, tensor.Shape, StridesOf(tensor.Shape))))];
        File.WriteAllBytes(path, TorchBytes.Of(
            PickleWriter.StateDict(entries), [.. tensors.Select((tensor, i) => (Key(i), tensor.Data))]));
    }

    private static long[] StridesOf(long[] shape)
    {
        long[] strides = new long[shape.Length];
        long step = 1;
        for (int d = shape.Length - 1; d >= 0; d--) (strides[d], step) = (step, step * shape[d]);
        return strides;
    }
}

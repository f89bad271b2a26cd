using System.Runtime.InteropServices;
using LoraCluster.Merging;
using LoraCluster.Safetensors;

namespace LoraCluster.Tests.Unit.Safetensors;

/// <summary>Tensors that are made while they are written, narrowing, and shards.</summary>
public sealed class SafetensorSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_tensor_made_while_it_is_written_gives_the_same_file()
    {
        byte[] a = [1, 2, 3, 4], b = [5, 6];
        using var stream = new MemoryStream();
        SafetensorSource[] sources = [Source("b", SafetensorDtype.F16, [1], b), Source("a", SafetensorDtype.F32, [1], a)];
        SafetensorsWriter.Write(stream, sources);
        Assert.Equal(SafetensorsWriter.ToBytes([("a", SafetensorDtype.F32, [1], a), ("b", SafetensorDtype.F16, [1], b)]), stream.ToArray());
        Assert.Equal(stream.Length, SafetensorsWriter.LengthOf(sources));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void A_tensor_of_another_length_than_it_said_is_noticed(int bytes) => Assert.Throws<InvalidOperationException>(() =>
        SafetensorsWriter.Write(Stream.Null, [Source("a", SafetensorDtype.F32, [1], new byte[bytes])]));

    [Fact]
    public void Weights_beyond_a_shard_s_size_are_split_with_an_index()
    {
        SafetensorSource[] sources = [.. Enumerable.Range(0, 5).Select(i => Source($"t{i}", SafetensorDtype.U8, [40], new byte[40]))];
        Assert.Equal(["model.safetensors"], WeightShards.Of(sources, 200).Select(f => f.Name));
        var files = WeightShards.Of(sources, 100);
        Assert.Equal(["model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors", "model-00003-of-00003.safetensors",
            "model.safetensors.index.json"], files.Select(f => f.Name));
        foreach (var file in files)
        {
            using FileStream stream = File.Create(_folder.File(file.Name));
            file.WriteTo(stream);
            Assert.Equal(file.Length, stream.Length);
        }
        using SafetensorsReader second = SafetensorsReader.Open(_folder.File("model-00002-of-00003.safetensors"));
        Assert.Equal(["t2", "t3"], second.Tensors.Select(t => t.Name));
        string index = File.ReadAllText(_folder.File("model.safetensors.index.json"));
        Assert.Contains("\"total_size\": 200", index, StringComparison.Ordinal);
        Assert.Contains("\"t4\": \"model-00003-of-00003.safetensors\"", index, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SafetensorDtype.BF16)]
    [InlineData(SafetensorDtype.F16)]
    public void Every_half_precision_number_survives_and_ties_go_to_even(SafetensorDtype dtype)
    {
        ushort[] all = [.. Enumerable.Range(0, 65536).Select(i => (ushort)i)];
        var values = new float[all.Length];
        SingleConversion.Convert(dtype, MemoryMarshal.AsBytes<ushort>(all), values);
        var back = new ushort[all.Length];
        Assert.True(SingleNarrowing.Convert(dtype, values, MemoryMarshal.AsBytes(back.AsSpan())));
        for (int i = 0; i < all.Length; i++)
            if (!float.IsNaN(values[i])) Assert.Equal(all[i], back[i]);
        for (int i = 0x3C00; i < 0x4000; i++)
        {
            float middle = (values[i] + values[i + 1]) / 2;
            var rounded = new ushort[1];
            SingleNarrowing.Convert(dtype, [middle], MemoryMarshal.AsBytes(rounded.AsSpan()));
            Assert.Equal(i % 2 == 0 ? i : i + 1, rounded[0]);
        }
    }

    [Theory]
    [InlineData(SafetensorDtype.BF16, 3.4e38f, false)]
    [InlineData(SafetensorDtype.BF16, 3.38e38f, true)]
    [InlineData(SafetensorDtype.F16, 65519f, true)]
    [InlineData(SafetensorDtype.F16, 65520f, false)]
    [InlineData(SafetensorDtype.F16, float.PositiveInfinity, true)]
    [InlineData(SafetensorDtype.BF16, float.NegativeInfinity, true)]
    [InlineData(SafetensorDtype.BF16, float.NaN, true)]
    public void A_number_that_does_not_fit_is_told(SafetensorDtype dtype, float value, bool fits) =>
        Assert.Equal(fits, SingleNarrowing.Convert(dtype, [value], new byte[2]));

    private static SafetensorSource Source(string name, SafetensorDtype dtype, long[] shape, byte[] bytes) =>
        new(name, dtype, shape, stream => stream.Write(bytes));
}

using System.Buffers.Binary;
using System.Text;
using LoraCluster.Safetensors;

namespace LoraCluster.Tests.Unit.Safetensors;

public sealed class SafetensorsWriterTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Names_are_in_ordinal_order_and_the_header_is_padded()
    {
        byte[] bytes = SafetensorsWriter.ToBytes([
            ("b", SafetensorDtype.F32, [1], new byte[] { 1, 2, 3, 4 }),
            ("B", SafetensorDtype.F32, [1, 1], new byte[] { 5, 6, 7, 8 })]);
        long length = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        Assert.Equal(0, length % 8);
        const string header = """
            {"__metadata__":{"format":"pt"},
            "B":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},
            "b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}
            """;
        Assert.Equal(header.ReplaceLineEndings(""), Encoding.UTF8.GetString(bytes, 8, (int)length).TrimEnd(' '));
        Assert.Equal([5, 6, 7, 8, 1, 2, 3, 4], bytes[^8..]);
    }

    [Fact]
    public void Wider_elements_come_first_so_that_all_are_aligned()
    {
        string path = folder.File("a.safetensors");
        SafetensorsWriter.Write(path, [
            ("a", SafetensorDtype.U8, [3], new byte[3]),
            ("b", SafetensorDtype.F16, [1], new byte[2]),
            ("c", SafetensorDtype.I64, [1], new byte[8]),
            ("d", SafetensorDtype.F32, [1], new byte[4])], new Dictionary<string, string>());
        using SafetensorsReader reader = SafetensorsReader.Open(path);
        Assert.Equal(["a", "b", "c", "d"], reader.Tensors.Select(t => t.Name));
        Assert.All(reader.Tensors, t => Assert.Equal(0, t.Offset * 8 % SafetensorDtypes.BitsOf(t.Dtype)));
        Assert.Empty(reader.Metadata);
    }

    [Fact]
    public void A_file_is_replaced_as_a_whole_or_left_alone()
    {
        string path = folder.File("a.safetensors");
        SafetensorsWriter.Write(path, [("a", SafetensorDtype.U8, [1], new byte[] { 1 })]);
        byte[] before = File.ReadAllBytes(path);
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(path, [("a", SafetensorDtype.U8, [2], new byte[] { 1 })]));
        Assert.Equal(before, File.ReadAllBytes(path));

        SafetensorsWriter.Write(path, [("b", SafetensorDtype.U8, [2], new byte[] { 1, 2 })]);
        Assert.NotEqual(before, File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Wrong_tensors_are_refused_by_name()
    {
        Refused("twice", ("twice", SafetensorDtype.U8, [0], default), ("twice", SafetensorDtype.U8, [0], default));
        Refused("__metadata__", ("__metadata__", SafetensorDtype.U8, [0], default));
        Refused("odd", ("odd", SafetensorDtype.F4, [1], new byte[1]));
        Refused("odd", ("odd", SafetensorDtype.Unknown, [1], new byte[1]));
        Refused("odd", ("odd", SafetensorDtype.U8, [-1], default));

        static void Refused(string name, params (string, SafetensorDtype, long[], ReadOnlyMemory<byte>)[] tensors) =>
            Assert.StartsWith($"tensor \"{name}\"", Assert.Throws<ArgumentException>(() => SafetensorsWriter.ToBytes(tensors)).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_not_there_is_a_user_error()
    {
        string path = Path.Combine(folder.Path, "absent", "a.safetensors");
        Assert.Contains(path, Assert.Throws<UserErrorException>(() => SafetensorsWriter.Write(path, [])).Message, StringComparison.Ordinal);
    }
}

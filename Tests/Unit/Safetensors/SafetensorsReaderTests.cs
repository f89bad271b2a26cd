using System.Buffers.Binary;
using LoraCluster.Safetensors;

namespace LoraCluster.Tests.Unit.Safetensors;

public sealed class SafetensorsReaderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}""",
        8, "overlap", "\"b\"")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}""",
        3, "no tensor", "\"b\"")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, "no tensor", "\"a\"")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 2, "1 bytes", "\"a\"")]
    [InlineData("{}", 1, "1 bytes", "")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 7, "[0, 8]", "\"a\"")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "[8, 0]", "\"a\"")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "F32 of shape [3]", "\"a\"")]
    [InlineData("""{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}}""", 1, "F4 of shape [3]", "\"a\"")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}""", 8, "4611686018427387904", "\"a\"")]
    [InlineData("""{"a":{"dtype":"F32","shape":[18446744073709551616],"data_offsets":[0,8]}}""", 8, "18446744073709551616", "\"a\"")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "-2", "\"a\"")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}""", 8, "2.0", "\"a\"")]
    [InlineData("""{"a":{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}}""", 8, "shape", "\"a\"")]
    [InlineData("""{"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}""", 8, "shape", "\"a\"")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,9]}}""", 8, "data_offsets", "\"a\"")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", 8, "data_offsets", "\"a\"")]
    [InlineData("""{"a":{"dtype":4,"shape":[2],"data_offsets":[0,8]}}""", 8, "dtype must be a string", "\"a\"")]
    [InlineData("""{"a":{"shape":[2],"data_offsets":[0,8]}}""", 8, "no dtype", "\"a\"")]
    [InlineData("""{"a":{"dtype":"F32","data_offsets":[0,8]}}""", 8, "no shape", "\"a\"")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""", 8, "no data_offsets", "\"a\"")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]}}""", 8, "shape twice", "\"a\"")]
    [InlineData("""{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}""",
        0, "twice", "\"a\"")]
    [InlineData("""{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\u0061":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}""",
        0, "twice", "\"a\"")]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", 0, "twice", "__metadata__")]
    [InlineData("""{"__metadata__":{"k":"1","k":"2"}}""", 0, "twice", "\"k\"")]
    [InlineData("""{"__metadata__":{"k":1}}""", 0, "must be a string", "\"k\"")]
    [InlineData("""{"a":7}""", 0, "must be an object", "\"a\"")]
    [InlineData("""{"\ud800":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}""", 0, "Unicode", "")]
    [InlineData("""{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}""", 0, "JSON", "")]
    [InlineData("{} {}", 0, "JSON", "")]
    [InlineData("{}\0", 0, "JSON", "")]
    [InlineData("[]", 0, "'{'", "")]
    [InlineData("", 0, "'{'", "")]
    public void Refuses_a_wrong_header_and_names_file_tensor_and_value(string header, int dataLength, string fault, string tensor)
    {
        byte[] bytes = SafetensorsBytes.Of(header, dataLength);
        var error = Assert.Throws<UserErrorException>(() => SafetensorsBytes.Open(folder, bytes).Dispose());
        Assert.StartsWith(folder.File("model.safetensors"), error.Message, StringComparison.Ordinal);
        Assert.Contains(fault, error.Message, StringComparison.Ordinal);
        Assert.Contains(tensor, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(1UL << 63)]
    [InlineData(100_000_001UL)]
    [InlineData(3UL)]
    public void Refuses_a_header_length_that_does_not_fit_before_anything_is_allocated(ulong length)
    {
        byte[] bytes = new byte[10];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        bytes[8] = (byte)'{';
        bytes[9] = (byte)'}';
        string path = folder.File("model.safetensors");
        File.WriteAllBytes(path, bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        string message = Assert.Throws<UserErrorException>(() => SafetensorsReader.Open(path)).Message;
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
        Assert.Contains(FormattableString.Invariant($"{length} bytes"), message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(8)]
    public void Refuses_a_file_too_short_for_a_header(int length)
    {
        var error = Assert.Throws<UserErrorException>(() => SafetensorsBytes.Open(folder, new byte[length]).Dispose());
        Assert.Contains(folder.File("model.safetensors"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_text_that_is_not_utf8()
    {
        byte[] bytes = SafetensorsBytes.Of([(byte)'{', 0xFF, (byte)'}'], 0);
        string message = Assert.Throws<UserErrorException>(() => SafetensorsBytes.Open(folder, bytes).Dispose()).Message;
        Assert.Contains("UTF-8", message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_absent_file_and_a_folder_are_user_errors()
    {
        foreach (string path in new[] { folder.File("absent.safetensors"), folder.Path })
        {
            Assert.Contains(path, Assert.Throws<UserErrorException>(() => SafetensorsReader.Open(path)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_tensor_of_unknown_dtype_leaves_the_others_readable()
    {
        byte[] bytes = SafetensorsBytes.Of(
            """{"odd":{"dtype":"I3","shape":[9],"data_offsets":[0,5]},"u":{"dtype":"U8","shape":[],"data_offsets":[5,6]}}""", 6);
        using SafetensorsReader reader = SafetensorsBytes.Open(folder, bytes);
        Assert.Equal([0], reader.Bytes("u").ToArray());
        Assert.Equal(SafetensorDtype.Unknown, reader.Get("odd").Dtype);
        string message = Assert.Throws<UserErrorException>(() => reader.Bytes("odd")).Message;
        Assert.Contains("\"odd\"", message, StringComparison.Ordinal);
        Assert.Contains("I3", message, StringComparison.Ordinal);
        Assert.Contains("\"none\"", Assert.Throws<UserErrorException>(() => reader.Bytes("none")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Slices_of_a_tensor_stay_inside_it()
    {
        byte[] bytes = SafetensorsBytes.Of(
            """{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}""", 8);
        for (int i = 0; i < 8; i++) bytes[^(8 - i)] = (byte)i;
        using SafetensorsReader reader = SafetensorsBytes.Open(folder, bytes);
        Assert.Equal([5, 6], reader.Bytes("b", 1, 2).ToArray());
        Assert.Equal([], reader.Bytes("b", 4, 0).ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.Bytes("a", 3, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.Bytes("a", -1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.Bytes("a", 5, -1));
    }

    [Fact]
    public void After_disposal_nothing_is_read()
    {
        byte[] bytes = SafetensorsBytes.Of("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 4);
        SafetensorsReader reader = SafetensorsBytes.Open(folder, bytes);
        reader.Dispose();
        reader.Dispose();
        Assert.Throws<ObjectDisposedException>(() => reader.Bytes("a"));
    }
}

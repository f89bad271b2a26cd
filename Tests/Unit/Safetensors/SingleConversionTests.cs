using System.Buffers.Binary;
using System.Runtime.InteropServices;
using LoraCluster.Safetensors;

namespace LoraCluster.Tests.Unit.Safetensors;

public sealed class SingleConversionTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Every_half_is_widened_exactly()
    {
        ushort[] all = [.. Enumerable.Range(0, 65536).Select(i => (ushort)i)];
        float[] singles = Read(SafetensorDtype.F16, MemoryMarshal.AsBytes<ushort>(all).ToArray());
        // A half is a whole multiple of 2^-24, so that arithmetic in doubles is an oracle of its own.
        for (int i = 0; i < all.Length; i++) Assert.Equal(Decode(all[i], 5, 10, 15, hasInfinity: true), singles[i]);
    }

    [Fact]
    public void Every_brain_float_is_widened_exactly()
    {
        ushort[] all = [.. Enumerable.Range(0, 65536).Select(i => (ushort)i)];
        float[] singles = Read(SafetensorDtype.BF16, MemoryMarshal.AsBytes<ushort>(all).ToArray());
        for (int i = 0; i < all.Length; i++) Assert.Equal((uint)i << 16, BitConverter.SingleToUInt32Bits(singles[i]));
    }

    [Fact]
    public void Every_8_bit_float_is_widened_exactly()
    {
        byte[] all = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        float[] e4m3 = Read(SafetensorDtype.F8E4M3, all), e5m2 = Read(SafetensorDtype.F8E5M2, all);
        float[] e8m0 = Read(SafetensorDtype.F8E8M0, all);
        for (int i = 0; i < 256; i++)
        {
            Assert.Equal((i & 0x7F) == 0x7F ? float.NaN : Decode(i, 4, 3, 7, hasInfinity: false), e4m3[i]);
            Assert.Equal(Decode(i, 5, 2, 15, hasInfinity: true), e5m2[i]);
            Assert.Equal(i == 255 ? float.NaN : (float)Math.Pow(2, i - 127), e8m0[i]);
        }
    }

    [Fact]
    public void Doubles_are_rounded_to_nearest()
    {
        double[] values = [0.1, 1e300, -0.0, double.NaN, 1 + Math.Pow(2, -24), 1 + 3 * Math.Pow(2, -24), 1e-50];
        Assert.Equal([0.1f, float.PositiveInfinity, -0f, float.NaN, 1f, 1 + MathF.Pow(2, -22), 0f],
            Read(SafetensorDtype.F64, MemoryMarshal.AsBytes<double>(values).ToArray()));
    }

    [Theory]
    [InlineData(SafetensorDtype.Bool, "BOOL", new byte[] { 0, 1 }, new[] { 0f, 1f })]
    [InlineData(SafetensorDtype.U8, "U8", new byte[] { 0, 255 }, new[] { 0f, 255f })]
    [InlineData(SafetensorDtype.I8, "I8", new byte[] { 0x80, 0x7F }, new[] { -128f, 127f })]
    [InlineData(SafetensorDtype.I16, "I16", new byte[] { 0, 0x80, 0xFF, 0x7F }, new[] { -32768f, 32767f })]
    [InlineData(SafetensorDtype.U16, "U16", new byte[] { 0, 0x80, 0xFF, 0xFF }, new[] { 32768f, 65535f })]
    [InlineData(SafetensorDtype.I32, "I32", new byte[] { 0, 0, 0, 0x80, 7, 0, 0, 0 }, new[] { -2147483648f, 7f })]
    [InlineData(SafetensorDtype.U32, "U32", new byte[] { 0, 0, 0, 0x80 }, new[] { 2147483648f })]
    [InlineData(SafetensorDtype.I64, "I64", new byte[] { 0xF9, 255, 255, 255, 255, 255, 255, 255 }, new[] { -7f })]
    [InlineData(SafetensorDtype.U64, "U64", new byte[] { 0, 0, 0, 0, 0, 0, 0, 0x80 }, new[] { 9223372036854775808f })]
    public void Integers_are_refused_by_name_unless_asked_for(SafetensorDtype dtype, string dtypeName, byte[] data, float[] expected)
    {
        string message = Assert.Throws<UserErrorException>(() => Read(dtype, data)).Message;
        Assert.Contains("\"t\"", message, StringComparison.Ordinal);
        Assert.Contains(dtypeName, message, StringComparison.Ordinal);
        Assert.Equal(expected, Read(dtype, data, allowIntegers: true));
    }

    [Fact]
    public void A_tensor_longer_than_a_chunk_is_read_whole()
    {
        float[] values = [.. Enumerable.Range(0, (1 << 20) + 5).Select(i => i * 0.5f)];
        Assert.Equal(values, Read(SafetensorDtype.F32, MemoryMarshal.AsBytes<float>(values).ToArray()));
    }

    [Fact]
    public void A_destination_of_another_length_is_refused()
    {
        string path = folder.File("t.safetensors");
        SafetensorsWriter.Write(path, [("t", SafetensorDtype.F32, [2], new byte[8])]);
        using SafetensorsReader reader = SafetensorsReader.Open(path);
        Assert.Throws<ArgumentException>(() => reader.ReadSingles("t", new float[3]));
    }

    /// <summary>Reads through a file in which the tensor is not aligned.</summary>
    private float[] Read(SafetensorDtype dtype, byte[] data, bool allowIntegers = false)
    {
        int count = data.Length * 8 / SafetensorDtypes.BitsOf(dtype);
        string header = FormattableString.Invariant(
            $$$"""{"t":{"dtype":"{{{SafetensorDtypes.NameOf(dtype)}}}","shape":[{{{count}}}],"data_offsets":[0,{{{data.Length}}}]}}""");
        header = header.PadRight((header.Length / 8 * 8) + 9);
        byte[] bytes = SafetensorsBytes.Of(header, data.Length);
        data.CopyTo(bytes, bytes.Length - data.Length);
        using SafetensorsReader reader = SafetensorsBytes.Open(folder, bytes);
        float[] singles = new float[count];
        reader.ReadSingles("t", singles, allowIntegers);
        return singles;
    }

    private static float Decode(int bits, int exponentBits, int mantissaBits, int bias, bool hasInfinity)
    {
        int exponent = (bits >> mantissaBits) & ((1 << exponentBits) - 1), mantissa = bits & ((1 << mantissaBits) - 1);
        double sign = bits >> (exponentBits + mantissaBits) == 1 ? -1.0 : 1.0;
        if (hasInfinity && exponent == (1 << exponentBits) - 1) return mantissa == 0 ? (float)(sign * double.PositiveInfinity) : float.NaN;
        double fraction = mantissa / (double)(1 << mantissaBits);
        return (float)(sign * (exponent == 0 ? fraction * Math.Pow(2, 1 - bias) : (1 + fraction) * Math.Pow(2, exponent - bias)));
    }
}

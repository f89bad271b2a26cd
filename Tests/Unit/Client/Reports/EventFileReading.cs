using System.Buffers.Binary;
using System.Text;

namespace LoraCluster.Tests.Unit.Client.Reports;

/// <summary>An event as the test understands it.</summary>
internal sealed record ReadEvent(
    double WallTime, long Step, string? FileVersion, Dictionary<string, float> Scalars, Dictionary<string, string> Texts);

/// <summary>Reads event files by the published formats alone, without a line of the writer: framing bit by bit, protobuf's wire
/// format.</summary>
internal static class EventFileReading
{
    public static List<ReadEvent> Read(string file)
    {
        ReadOnlySpan<byte> bytes = File.ReadAllBytes(file);
        var events = new List<ReadEvent>();
        while (bytes.Length >= 16)
        {
            int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            if (bytes.Length < length + 16) break;
            Check(bytes[..8], bytes[8..]);
            Check(bytes.Slice(12, length), bytes[(12 + length)..]);
            events.Add(EventOf(bytes.Slice(12, length).ToArray()));
            bytes = bytes[(length + 16)..];
        }
        return events;
    }

    public static uint Crc32C(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78u : crc >> 1;
        }
        return ~crc;
    }

    private static void Check(ReadOnlySpan<byte> data, ReadOnlySpan<byte> stored)
    {
        uint masked = BinaryPrimitives.ReadUInt32LittleEndian(stored), rotated = masked - 0xa282ead8u;
        Assert.Equal(Crc32C(data), (rotated >> 17) | (rotated << 15));
    }

    private static ReadEvent EventOf(byte[] message)
    {
        var fields = Fields(message);
        var result = new ReadEvent(BitConverter.ToDouble(fields.Single(f => f.Number == 1).Bytes),
            fields.Where(f => f.Number == 2).Select(f => (long)f.Value).SingleOrDefault(),
            fields.Where(f => f.Number == 3).Select(f => Encoding.UTF8.GetString(f.Bytes)).SingleOrDefault(), [], []);
        foreach (var summary in fields.Where(f => f.Number == 5))
            foreach (var line in Fields(summary.Bytes).Where(f => f.Number == 1))
            {
                var value = Fields(line.Bytes);
                string tag = Encoding.UTF8.GetString(value.Single(f => f.Number == 1).Bytes);
                foreach (var scalar in value.Where(f => f.Number == 2)) result.Scalars.Add(tag, BitConverter.ToSingle(scalar.Bytes));
                foreach (var tensor in value.Where(f => f.Number == 8))
                    result.Texts.Add(tag, Encoding.UTF8.GetString(Fields(tensor.Bytes).Single(f => f.Number == 8).Bytes));
            }
        return result;
    }

    private static List<(int Number, ulong Value, byte[] Bytes)> Fields(byte[] message)
    {
        var fields = new List<(int, ulong, byte[])>();
        for (int at = 0; at < message.Length;)
        {
            ulong key = Varint(message, ref at);
            int number = (int)(key >> 3);
            ulong value = (key & 7) is 0 or 2 ? Varint(message, ref at) : 0;
            int length = (key & 7) switch
            {
                0 => 0, 1 => 8, 2 => (int)value, 5 => 4, _ => throw new InvalidDataException($"wire type {key & 7}"),
            };
            fields.Add((number, value, message[at..(at + length)]));
            at += length;
        }
        return fields;
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte part = message[at++];
            value |= (ulong)(part & 127) << shift;
            if (part < 128) return value;
        }
    }
}

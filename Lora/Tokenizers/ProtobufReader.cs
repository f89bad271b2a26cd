using System.Buffers.Binary;
using System.Text;

namespace LoraCluster.Tokenizers;

/// <summary>
/// Reads the fields of one protobuf message in order (https://protobuf.dev/programming-guides/encoding). Lengths are checked against
/// what is there before anything is read.
/// </summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    private const int VarintWire = 0, Fixed64Wire = 1, BytesWire = 2, Fixed32Wire = 5, LongestVarint = 10;
    private ReadOnlySpan<byte> rest = message;

    /// <summary>Number of the field read last.</summary>
    public int Field { get; private set; }

    /// <summary>Value of a varint or fixed-width field.</summary>
    public ulong Number { get; private set; }

    /// <summary>Content of a length-delimited field; empty for another.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    public readonly bool Flag => Number != 0;

    public readonly float Float => BitConverter.UInt32BitsToSingle((uint)Number);

    public readonly string Text => new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Bytes);

    /// <summary>Reads the next field; false at the end.</summary>
    /// <exception cref="InvalidDataException">What is there is no protobuf message.</exception>
    public bool Read()
    {
        if (rest.IsEmpty) return false;
        ulong key = Varint();
        if (key >> 3 is 0 or > int.MaxValue) throw new InvalidDataException("a field has no valid number");
        Field = (int)(key >> 3);
        Number = 0;
        Bytes = default;
        switch ((int)(key & 7))
        {
            case VarintWire: Number = Varint(); break;
            case Fixed32Wire: Number = BinaryPrimitives.ReadUInt32LittleEndian(Take(4)); break;
            case Fixed64Wire: Number = BinaryPrimitives.ReadUInt64LittleEndian(Take(8)); break;
            case BytesWire: Bytes = Take(Varint()); break;
            default: throw new InvalidDataException($"field {Field} has an unknown wire type");
        }
        return true;
    }

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)rest.Length) throw new InvalidDataException("it ends within a field");
        ReadOnlySpan<byte> taken = rest[..(int)length];
        rest = rest[(int)length..];
        return taken;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (int i = 0; i < LongestVarint; i++)
        {
            byte next = Take(1)[0];
            value |= (ulong)(next & 0x7F) << (7 * i);
            if (next < 0x80) return value;
        }
        throw new InvalidDataException("a number has no end");
    }
}

using System.Buffers.Binary;
using System.Numerics;

namespace LoraCluster.Client.TensorBoard;

/// <summary>
/// TFRecord's framing, of which an event file is a sequence: length (8 bytes, little-endian), its checksum, the bytes, their checksum.
/// Checksums are CRC-32C, rotated right by 15 and with 0xa282ead8 added (tensorflow/core/lib/hash/crc32c.h).
/// </summary>
internal static class EventRecords
{
    private const int HeadBytes = sizeof(ulong) + sizeof(uint), TailBytes = sizeof(uint);

    /// <summary>An event is far smaller: a longer record is damage.</summary>
    private const ulong MostBytes = 1 << 20;

    public static void Write(Stream stream, ReadOnlySpan<byte> record)
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(head, (ulong)record.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[sizeof(ulong)..], MaskedCrc(head[..sizeof(ulong)]));
        Span<byte> tail = stackalloc byte[TailBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(tail, MaskedCrc(record));
        stream.Write(head);
        stream.Write(record);
        stream.Write(tail);
    }

    /// <summary>Records up to the end or the first that is not whole, as the last of a process that was killed.</summary>
    public static IEnumerable<byte[]> Read(Stream stream)
    {
        byte[] head = new byte[HeadBytes], tail = new byte[TailBytes];
        while (stream.ReadAtLeast(head, HeadBytes, throwOnEndOfStream: false) == HeadBytes)
        {
            ulong length = BinaryPrimitives.ReadUInt64LittleEndian(head);
            if (!Matches(head.AsSpan(sizeof(ulong)), head.AsSpan(0, sizeof(ulong))) || length > MostBytes) yield break;
            byte[] record = new byte[length];
            if (stream.ReadAtLeast(record, record.Length, throwOnEndOfStream: false) < record.Length) yield break;
            if (stream.ReadAtLeast(tail, TailBytes, throwOnEndOfStream: false) < TailBytes || !Matches(tail, record)) yield break;
            yield return record;
        }
    }

    public static uint MaskedCrc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes) crc = BitOperations.Crc32C(crc, value);
        return BitOperations.RotateRight(~crc, 15) + 0xa282ead8;
    }

    private static bool Matches(ReadOnlySpan<byte> stored, ReadOnlySpan<byte> bytes) =>
        BinaryPrimitives.ReadUInt32LittleEndian(stored) == MaskedCrc(bytes);
}

using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using LoraCluster.Training;
using MessagePack;

namespace LoraCluster.Grains.Collectives;

/// <summary>
/// Frames as MessagePack arrays: <c>[version, run, membership, step, node, dtype, layout hash, chunk, chunks, crc, raw bytes, worker,
/// leaves, loss sum, rows, correct, state hashes, directive, traces next]</c>. Values and hashes are raw little-endian bytes; node is
/// nil or <c>[level, index]</c>; crc is CRC-32 of the raw bytes. Nothing is allocated before its length was checked.
/// </summary>
public static class FrameCodec
{
    /// <summary>Version of the format.</summary>
    public const int Version = 2;
    /// <summary>Most raw bytes of a frame.</summary>
    public const int MaxRawBytes = 1024 * 1024;
    private const int Fields = 19;
    private const int DtypeFloat32 = 0;
    private const int MaxRunLength = 64;
    private const int MaxTensors = 65_536;

    /// <summary>The frame's bytes.</summary>
    public static byte[] Write(Frame frame)
    {
        ReadOnlySpan<byte> raw = MemoryMarshal.AsBytes(frame.Values.Span);
        if (raw.Length > MaxRawBytes) throw new FrameException($"a frame of {raw.Length} raw bytes; allowed are {MaxRawBytes}");
        ArrayBufferWriter<byte> head = new(160), tail = new(64 + 16 * frame.StateHashes.Length);
        WriteHead(new MessagePackWriter(head), frame, raw);
        WriteTail(new MessagePackWriter(tail), frame);
        byte[] bytes = GC.AllocateUninitializedArray<byte>(head.WrittenCount + raw.Length + tail.WrittenCount);
        head.WrittenSpan.CopyTo(bytes);
        raw.CopyTo(bytes.AsSpan(head.WrittenCount));
        tail.WrittenSpan.CopyTo(bytes.AsSpan(head.WrittenCount + raw.Length));
        return bytes;
    }

    /// <summary>The frame in the bytes, whose values are a fresh array.</summary>
    /// <exception cref="FrameException">The bytes are no whole frame of this version. Nothing else is thrown, whatever the bytes
    /// are.</exception>
    public static Frame Read(ReadOnlyMemory<byte> bytes)
    {
        try { return ReadFields(bytes); }
        catch (Exception e) when (
            e is MessagePackSerializationException or EndOfStreamException or OverflowException
                or InvalidOperationException or ArgumentException)
        {
            throw new FrameException($"a message of {bytes.Length} bytes is not a frame: {e.Message}", e);
        }
    }

    private static void WriteHead(MessagePackWriter writer, Frame frame, ReadOnlySpan<byte> raw)
    {
        writer.WriteArrayHeader(Fields);
        writer.Write(Version);
        writer.Write(frame.Run);
        writer.Write(frame.Membership);
        writer.Write(frame.Step);
        if (frame.Node is not { } node) writer.WriteNil();
        else
        {
            writer.WriteArrayHeader(2);
            writer.Write(node.Level);
            writer.Write(node.Index);
        }
        writer.Write(DtypeFloat32);
        writer.Write(frame.LayoutHash);
        writer.Write(frame.Chunk);
        writer.Write(frame.Chunks);
        writer.Write(Crc32.HashToUInt32(raw));
        writer.WriteBinHeader(raw.Length);
        writer.Flush();
    }

    private static void WriteTail(MessagePackWriter writer, Frame frame)
    {
        writer.Write(frame.Worker);
        writer.Write(frame.Leaves);
        writer.Write(frame.LossSum);
        writer.Write(frame.Rows);
        writer.Write(frame.Correct);
        writer.WriteBinHeader(16 * frame.StateHashes.Length);
        foreach (UInt128 hash in frame.StateHashes)
        {
            BinaryPrimitives.WriteUInt128LittleEndian(writer.GetSpan(16), hash);
            writer.Advance(16);
        }
        writer.Write((byte)frame.Directive);
        writer.Write(frame.TracesNext);
        writer.Flush();
    }

    private static Frame ReadFields(ReadOnlyMemory<byte> bytes)
    {
        var reader = new MessagePackReader(bytes);
        int fields = reader.ReadArrayHeader();
        if (fields != Fields) throw new FrameException(Text($"a frame has {fields} fields; expected are {Fields}"));
        Expect(reader.ReadInt32(), Version, Version, "version");
        string run = ReadText(ref reader);
        int membership = Expect(reader.ReadInt32(), 0, int.MaxValue, "membership");
        int step = Expect(reader.ReadInt32(), 0, int.MaxValue, "step");
        TreeNode? node = ReadNode(ref reader);
        Expect(reader.ReadInt32(), DtypeFloat32, DtypeFloat32, "dtype");
        ulong layoutHash = reader.ReadUInt64();
        int chunk = Expect(reader.ReadInt32(), 0, int.MaxValue - 1, "chunk");
        int chunks = Expect(reader.ReadInt32(), chunk + 1, int.MaxValue, "chunks");
        uint crc = reader.ReadUInt32();
        float[] values = ReadValues(ref reader, crc);
        var frame = new Frame
        {
            Run = run, Membership = membership, Step = step, Node = node, LayoutHash = layoutHash, Chunk = chunk, Chunks = chunks,
            Values = values,
            Worker = Expect(reader.ReadInt32(), Frame.FromCoordinator, int.MaxValue, "worker"),
            Leaves = Expect(reader.ReadInt32(), 0, 65_536, "leaves"),
            LossSum = reader.ReadDouble(),
            Rows = reader.ReadInt64(),
            Correct = reader.ReadInt64(),
            StateHashes = ReadHashes(ref reader),
            Directive = (RunDirective)Expect(reader.ReadInt32(), 0, (int)RunDirective.Cancel, "directive"),
            TracesNext = reader.ReadBoolean(),
        };
        if (!reader.End) throw new FrameException(Text($"{bytes.Length - reader.Consumed} bytes follow the frame"));
        return frame;
    }

    private static TreeNode? ReadNode(ref MessagePackReader reader)
    {
        if (reader.TryReadNil()) return null;
        Expect(reader.ReadArrayHeader(), 2, 2, "length of node");
        int level = Expect(reader.ReadInt32(), 0, 30, "level");
        return new TreeNode(level, Expect(reader.ReadInt32(), 0, int.MaxValue >> level, "index"));
    }

    private static string ReadText(ref MessagePackReader reader)
    {
        ReadOnlySequence<byte> text = reader.ReadStringSequence() ?? throw new FrameException("run is nil; expected is a run id");
        Expect((int)Math.Min(text.Length, int.MaxValue), 0, MaxRunLength, "length of run");
        return Encoding.UTF8.GetString(text);
    }

    private static float[] ReadValues(ref MessagePackReader reader, uint crc)
    {
        ReadOnlySequence<byte> raw = reader.ReadBytes() ?? throw new FrameException("raw bytes are nil; expected are bytes");
        if (raw.Length > MaxRawBytes || raw.Length % sizeof(float) != 0)
            throw new FrameException(Text($"{raw.Length} raw bytes; allowed are up to {MaxRawBytes}, a multiple of {sizeof(float)}"));
        float[] values = GC.AllocateUninitializedArray<float>((int)raw.Length / sizeof(float));
        Span<byte> target = MemoryMarshal.AsBytes(values.AsSpan());
        raw.CopyTo(target);
        uint actual = Crc32.HashToUInt32(target);
        if (actual != crc) throw new FrameException(Text($"crc of the raw bytes is {actual:x8}; the frame says {crc:x8}"));
        return values;
    }

    private static UInt128[] ReadHashes(ref MessagePackReader reader)
    {
        ReadOnlySequence<byte> raw = reader.ReadBytes() ?? throw new FrameException("state hashes are nil; expected are bytes");
        if (raw.Length % 16 != 0 || raw.Length > 16 * MaxTensors)
            throw new FrameException(Text($"{raw.Length} bytes of state hashes; allowed are up to {16 * MaxTensors}, a multiple of 16"));
        var hashes = new UInt128[raw.Length / 16];
        Span<byte> one = stackalloc byte[16];
        for (int k = 0; k < hashes.Length; k++)
        {
            raw.Slice(16 * k, 16).CopyTo(one);
            hashes[k] = BinaryPrimitives.ReadUInt128LittleEndian(one);
        }
        return hashes;
    }

    private static int Expect(int value, int low, int high, string field) =>
        value >= low && value <= high ? value
        : throw new FrameException(low == high
            ? Text($"{field} is {value}; expected is {low}")
            : Text($"{field} is {value}; allowed is {low} to {high}"));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

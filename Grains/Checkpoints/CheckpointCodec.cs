using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using LoraCluster.Training;
using MessagePack;

namespace LoraCluster.Grains.Checkpoints;

/// <summary>
/// A training state as a MessagePack array <c>[schema version, step, layout hash, parameters, first moment, second moment]</c>, the vectors
/// as raw little-endian fp32; where the run follows its evaluations, the best one behind it: <c>step, loss sum, rows, correct, evaluations
/// since, parameters</c>. Written piece by piece and read from pieces, so that a full model's state is never copied as a whole.
/// </summary>
public static class CheckpointCodec
{
    /// <summary>Schema version; another one is refused by name.</summary>
    public const int Version = 1;
    private const int Fields = 6, FieldsWithBest = 12;

    /// <summary>The bytes, in pieces that are views of the state.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Write(TrainingState state)
    {
        var pieces = new List<ReadOnlyMemory<byte>>();
        Add(pieces, state.Parameters, (ref MessagePackWriter writer) =>
        {
            writer.WriteArrayHeader(state.Best is null ? Fields : FieldsWithBest);
            writer.Write(Version);
            writer.Write(state.Step);
            writer.Write(state.LayoutHash);
        });
        Add(pieces, state.FirstMoment, (ref MessagePackWriter _) => { });
        Add(pieces, state.SecondMoment, (ref MessagePackWriter _) => { });
        if (state.Best is not { } best) return pieces;
        Add(pieces, best.Parameters, (ref MessagePackWriter writer) =>
        {
            writer.Write(best.Step);
            writer.Write(best.LossSum);
            writer.Write(best.Rows);
            writer.Write(best.Correct);
            writer.Write(best.Worse);
        });
        return pieces;
    }

    /// <summary>The state in the bytes.</summary>
    /// <exception cref="CheckpointException">The bytes are no whole checkpoint of this version.</exception>
    public static TrainingState Read(ReadOnlySequence<byte> bytes)
    {
        try
        {
            var reader = new MessagePackReader(bytes);
            int fields = reader.ReadArrayHeader();
            int version = reader.ReadInt32();
            if (version != Version)
                throw new CheckpointException(Text($"a checkpoint has schema version {version}; this program reads version {Version}"));
            if (fields is not (Fields or FieldsWithBest))
                throw new CheckpointException(Text($"a checkpoint has {fields} fields; expected are {Fields} or {FieldsWithBest}"));
            var state = new TrainingState(reader.ReadInt32(), reader.ReadUInt64(), ReadFloats(ref reader), ReadFloats(ref reader),
                ReadFloats(ref reader));
            if (fields == FieldsWithBest)
            {
                state = state with
                {
                    Best = new BestState(reader.ReadInt32(), reader.ReadDouble(), reader.ReadInt64(), reader.ReadInt64(),
                        reader.ReadInt32(), ReadFloats(ref reader)),
                };
            }
            return reader.End ? state : throw new CheckpointException("bytes follow the checkpoint");
        }
        catch (Exception e) when (e is MessagePackSerializationException or EndOfStreamException or OverflowException or ArgumentException)
        {
            throw new CheckpointException($"a checkpoint cannot be read: {e.Message}", e);
        }
    }

    private delegate void Header(ref MessagePackWriter writer);

    /// <summary>Adds a vector, with what stands before it.</summary>
    private static void Add(List<ReadOnlyMemory<byte>> pieces, float[] values, Header before)
    {
        var head = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(head);
        before(ref writer);
        writer.WriteBinHeader(checked(values.Length * sizeof(float)));
        writer.Flush();
        pieces.Add(head.WrittenMemory);
        pieces.Add(BytesOf(values));
    }

    private static float[] ReadFloats(ref MessagePackReader reader)
    {
        ReadOnlySequence<byte> raw = reader.ReadBytes() ?? throw new CheckpointException("a vector of a checkpoint is nil");
        if (raw.Length % sizeof(float) != 0)
            throw new CheckpointException(Text($"a vector of a checkpoint has {raw.Length} bytes, no multiple of 4"));
        float[] values = GC.AllocateUninitializedArray<float>(checked((int)(raw.Length / sizeof(float))));
        raw.CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    private static ReadOnlyMemory<byte> BytesOf(float[] values) => new FloatBytes(values).Memory;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>The bytes of a float array as memory.</summary>
    private sealed class FloatBytes(float[] values) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => MemoryMarshal.AsBytes(values.AsSpan());

        public override MemoryHandle Pin(int elementIndex = 0) =>
            throw new NotSupportedException("the bytes of a training state are not pinned");

        public override void Unpin() { }

        protected override void Dispose(bool disposing) { }
    }
}

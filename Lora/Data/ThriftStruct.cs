namespace LoraCluster.Data;

/// <summary>
/// Walks over a struct in Thrift's compact protocol (thrift/doc/specs/thrift-compact-protocol.md), in which parquet's footer and page
/// headers are written, to see that it is whole: the parquet library may never return from one that is cut off or damaged.
/// </summary>
internal ref struct ThriftStruct
{
    private const int Deepest = 32;
    private const int Stop = 0, True = 1, False = 2, Byte = 3, Short = 4, Long = 6, Double = 7, Binary = 8, List = 9, Set = 10, Map = 11,
        Struct = 12;

    private readonly ReadOnlySpan<byte> bytes;
    private readonly Span<long> numbers;
    private int position;

    private ThriftStruct(ReadOnlySpan<byte> bytes, Span<long> numbers)
    {
        this.bytes = bytes;
        this.numbers = numbers;
    }

    /// <param name="bytes">It begins here; what follows it is ignored.</param>
    /// <param name="numbers">Gets the whole numbers among its own fields, each at its field's id, as far as there is room.</param>
    /// <returns>Its length in bytes; null where it is not whole.</returns>
    public static int? Walk(ReadOnlySpan<byte> bytes, Span<long> numbers)
    {
        var walk = new ThriftStruct(bytes, numbers);
        return walk.WalkStruct(1) ? walk.position : null;
    }

    private bool WalkStruct(int depth)
    {
        if (depth > Deepest) return false;
        for (long id = 0; TakeByte(out int header);)
        {
            if (header == Stop) return true;
            long number = 0;
            if (header >> 4 != 0) id += header >> 4;
            else if (TakeNumber(out number)) id = Signed(number);
            else return false;
            int type = header & 15;
            if (type is >= Short and <= Long)
            {
                if (!TakeNumber(out number)) return false;
                if (depth == 1 && id >= 0 && id < numbers.Length) numbers[(int)id] = Signed(number);
            }
            else if (type is not (True or False) && !WalkValue(type, depth)) return false;
        }
        return false;
    }

    private bool WalkValue(int type, int depth) => type switch
    {
        True or False or Byte => Skip(1),
        >= Short and <= Long => TakeNumber(out _),
        Double => Skip(8),
        Binary => TakeNumber(out long length) && Skip(length),
        List or Set => WalkList(depth),
        Map => WalkMap(depth),
        Struct => WalkStruct(depth + 1),
        _ => false,
    };

    private bool WalkList(int depth)
    {
        if (depth > Deepest || !TakeByte(out int header)) return false;
        long count = header >> 4;
        if (count == 15 && !TakeNumber(out count)) return false;
        return WalkValues(count, header & 15, null, depth);
    }

    private bool WalkMap(int depth)
    {
        if (depth > Deepest || !TakeNumber(out long count)) return false;
        if (count == 0) return true;
        return TakeByte(out int types) && WalkValues(count, types >> 4, types & 15, depth);
    }

    /// <summary>Elements, or keys and values by turns; each takes a byte or more.</summary>
    private bool WalkValues(long count, int first, int? second, int depth)
    {
        if (count < 0 || count > bytes.Length - position) return false;
        for (long i = 0; i < count; i++)
            if (!WalkValue(first, depth + 1) || (second is { } value && !WalkValue(value, depth + 1))) return false;
        return true;
    }

    private bool TakeByte(out int value)
    {
        value = position < bytes.Length ? bytes[position] : -1;
        return Skip(1);
    }

    private bool TakeNumber(out long number)
    {
        number = 0;
        for (int shift = 0; shift < 64 && TakeByte(out int next); shift += 7)
        {
            number |= (long)(next & 127) << shift;
            if (next < 128) return true;
        }
        return false;
    }

    private bool Skip(long count)
    {
        if (count < 0 || count > bytes.Length - position) return false;
        position += (int)count;
        return true;
    }

    private static long Signed(long zigzag) => (long)((ulong)zigzag >> 1) ^ -(zigzag & 1);
}

using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using LoraCluster.Checkpoints;

namespace LoraCluster.Pickle;

/// <summary>
/// The directory of a zip file. An entry that is to be read must be stored, not compressed: it is then a piece of the mapped file (PKWARE's
/// APPNOTE.TXT, 4.3 and 4.5.3 for files over 4 GiB). What is allocated is bounded by the directory's own length.
/// </summary>
internal sealed class StoredZip
{
    private const int EndLength = 22, Locator64Length = 20, End64Length = 56, EntryLength = 46, LocalLength = 30;
    private const int LongestComment = ushort.MaxValue, LargestDirectory = 64 << 20;

    private readonly MappedFile file;
    private readonly Dictionary<string, (long Offset, long Length)?> entries = new(StringComparer.Ordinal);

    private StoredZip(MappedFile file) => this.file = file;

    public IReadOnlyCollection<string> Names => entries.Keys;

    /// <exception cref="UserErrorException">The directory is not valid.</exception>
    public static StoredZip Read(MappedFile file)
    {
        var zip = new StoredZip(file);
        zip.ReadDirectory();
        return zip;
    }

    /// <summary>Where an entry's bytes lie in the file; null where there is none of that name.</summary>
    /// <exception cref="UserErrorException">It is compressed or encrypted.</exception>
    public (long Offset, long Length)? Find(string name)
    {
        if (!entries.TryGetValue(name, out (long, long)? place)) return null;
        return place ?? throw Refuse($"its entry \"{name}\" is compressed or encrypted; torch.save stores entries as they are");
    }

    private void ReadDirectory()
    {
        (long offset, long length, long count) = FindDirectory();
        if (length > LargestDirectory || offset < 0 || length < 0 || offset > file.Length - length)
            throw Refuse("its directory does not lie inside the file; it is damaged or cut off");
        ReadOnlySpan<byte> rest = file.Bytes(offset, (int)length);
        for (long i = 0; i < count; i++)
        {
            if (rest.Length < EntryLength || U32(rest, 0) != 0x02014b50) throw Refuse("its directory is damaged");
            int name = U16(rest, 28), extra = U16(rest, 30), comment = U16(rest, 32);
            if (rest.Length < EntryLength + name + extra + comment) throw Refuse("its directory is damaged");
            ReadEntry(rest[..EntryLength], rest.Slice(EntryLength, name), rest.Slice(EntryLength + name, extra));
            rest = rest[(EntryLength + name + extra + comment)..];
        }
    }

    private void ReadEntry(ReadOnlySpan<byte> entry, ReadOnlySpan<byte> nameBytes, ReadOnlySpan<byte> extra)
    {
        string name = Encoding.UTF8.GetString(nameBytes);
        long length = U32(entry, 24), compressed = U32(entry, 20), local = U32(entry, 42);
        ReadExtra64(extra, ref length, ref compressed, ref local);
        bool stored = (U16(entry, 8) & 1) == 0 && U16(entry, 10) == 0;
        if (stored && length != compressed) throw Refuse($"its entry \"{name}\" has two lengths");
        if (local < 0 || local > file.Length - LocalLength || U32(file.Bytes(local, LocalLength), 0) != 0x04034b50)
            throw Refuse($"its entry \"{name}\" does not lie inside the file; it is damaged or cut off");
        ReadOnlySpan<byte> header = file.Bytes(local, LocalLength);
        long start = local + LocalLength + U16(header, 26) + U16(header, 28);
        if (compressed < 0 || start > file.Length - compressed)
            throw Refuse($"its entry \"{name}\" does not lie inside the file; it is damaged or cut off");
        if (!entries.TryAdd(name, stored ? (start, length) : null)) throw Refuse($"its entry \"{name}\" stands there twice");
    }

    /// <summary>Values that do not fit 32 bits stand in the extra field 1, in this order, each only where its short form is all
    /// ones.</summary>
    private static void ReadExtra64(ReadOnlySpan<byte> extra, ref long length, ref long compressed, ref long local)
    {
        while (extra.Length >= 4)
        {
            int size = U16(extra, 2);
            if (extra.Length < 4 + size) return;
            if (U16(extra, 0) == 1)
            {
                ReadOnlySpan<byte> values = extra.Slice(4, size);
                Next(ref values, ref length);
                Next(ref values, ref compressed);
                Next(ref values, ref local);
                return;
            }
            extra = extra[(4 + size)..];
        }

        static void Next(ref ReadOnlySpan<byte> values, ref long value)
        {
            if (value != uint.MaxValue || values.Length < 8) return;
            value = BinaryPrimitives.ReadInt64LittleEndian(values);
            values = values[8..];
        }
    }

    private (long Offset, long Length, long Count) FindDirectory()
    {
        int tail = (int)Math.Min(file.Length, EndLength + LongestComment);
        ReadOnlySpan<byte> bytes = file.Bytes(file.Length - tail, tail);
        int at = bytes.LastIndexOf("PK\u0005\u0006"u8);
        if (at < 0 || tail - at < EndLength) throw Refuse("the end of a zip file is missing; it is damaged or cut off");
        ReadOnlySpan<byte> end = bytes[at..];
        (long offset, long length, long count) = (U32(end, 16), U32(end, 12), U16(end, 10));
        long locator = file.Length - tail + at - Locator64Length;
        if (locator < 0 || U32(file.Bytes(locator, Locator64Length), 0) != 0x07064b50) return (offset, length, count);
        long end64 = BinaryPrimitives.ReadInt64LittleEndian(file.Bytes(locator + 8, 8));
        if (end64 < 0 || end64 > file.Length - End64Length || U32(file.Bytes(end64, End64Length), 0) != 0x06064b50)
            throw Refuse("the end of a large zip file is damaged");
        ReadOnlySpan<byte> large = file.Bytes(end64, End64Length);
        return (BinaryPrimitives.ReadInt64LittleEndian(large[48..]), BinaryPrimitives.ReadInt64LittleEndian(large[40..]),
            BinaryPrimitives.ReadInt64LittleEndian(large[32..]));
    }

    private static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private UserErrorException Refuse(string fault) => TorchFile.Refuse(file.Path, fault);
}

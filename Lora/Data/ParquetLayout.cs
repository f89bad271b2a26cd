using System.Buffers.Binary;
using LoraCluster.Checkpoints;
using Parquet;
using Parquet.Schema;

namespace LoraCluster.Data;

/// <summary>
/// Whether a parquet file's footer and page headers are whole, and what they say bounded: checked before the library reads them.
/// </summary>
internal static class ParquetLayout
{
    private const int LargestFooter = 64 << 20, LongestPageHeader = 1 << 20, UncompressedSize = 2, CompressedSize = 3, TailLength = 8;

    /// <summary>Of a column in a group, which is read at once.</summary>
    private const long MostBytesOfColumn = 1L << 31;

    /// <exception cref="UserErrorException">The footer is not whole.</exception>
    public static void CheckFooter(string path)
    {
        using MappedFile file = MappedFile.Open(path);
        if (file.Length < TailLength || !file.Bytes(file.Length - 4, 4).SequenceEqual("PAR1"u8))
            throw Refuse(path, "it does not end in PAR1");
        long length = BinaryPrimitives.ReadUInt32LittleEndian(file.Bytes(file.Length - TailLength, 4));
        if (length > LargestFooter || length > file.Length - TailLength
            || ThriftStruct.Walk(file.Bytes(file.Length - TailLength - length, (int)length), []) is null)
            throw Refuse(path, "its footer is damaged");
    }

    /// <exception cref="UserErrorException">A page header of a column is not whole, or the column too large.</exception>
    public static void CheckColumn(string path, ParquetRowGroupReader group, DataField field)
    {
        if (group.GetMetadata(field)?.MetaData is not { } column) return;
        using MappedFile file = MappedFile.Open(path);
        long at = column.DataPageOffset;
        if (column.DictionaryPageOffset is > 0 and { } dictionary) at = Math.Min(at, dictionary);
        if (at < 0 || column.TotalCompressedSize < 0 || at > file.Length - column.TotalCompressedSize)
            throw Refuse(path, $"the column \"{field.Name}\" does not lie inside the file");
        Span<long> numbers = stackalloc long[CompressedSize + 1];
        long unpacked = 0;
        for (long end = at + column.TotalCompressedSize; at < end;)
        {
            numbers.Clear();
            int? header = ThriftStruct.Walk(file.Bytes(at, (int)Math.Min(end - at, LongestPageHeader)), numbers);
            (long packed, long whole) = (numbers[CompressedSize], numbers[UncompressedSize]);
            if (header is null || packed < 0 || packed > end - at - header || whole < 0)
                throw Refuse(path, $"a page of the column \"{field.Name}\" is damaged");
            at += header.Value + packed;
            unpacked += whole;
            if (unpacked > MostBytesOfColumn)
                throw Refuse(path, $"the column \"{field.Name}\" of a group has more than 2 GiB");
        }
    }

    private static UserErrorException Refuse(string path, string fault) => new($"{path} is not a valid parquet file: {fault}");
}

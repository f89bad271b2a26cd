using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using LoraCluster.Files;
using Entry = (string Name, LoraCluster.Safetensors.SafetensorDtype Dtype, long[] Shape, System.ReadOnlyMemory<byte> Data);

namespace LoraCluster.Safetensors;

/// <summary>
/// Writes safetensors files in one canonical form: the same tensors give the same bytes. Names in ordinal order; metadata only
/// <c>format: pt</c> unless given; the header padded with blanks to a multiple of 8 bytes; the data with the widest element type
/// first, by name within, so that every tensor is aligned to its element.
/// </summary>
public static class SafetensorsWriter
{
    private static readonly Dictionary<string, string> DefaultMetadata = new(StringComparer.Ordinal) { ["format"] = "pt" };

    /// <summary>Writes a file: first under another name in the same folder, flushed to the disk, then renamed.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="tensors">Name, dtype, shape and little-endian row-major data of each tensor.</param>
    /// <param name="metadata">Instead of <c>format: pt</c>.</param>
    /// <exception cref="ArgumentException">A name twice, or data whose length is not that of dtype and shape.</exception>
    /// <exception cref="UserErrorException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<Entry> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        string full = Path.GetFullPath(path);
        string temporary = Path.Combine(Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}.{Guid.NewGuid():N}.tmp");
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                Write(stream, tensors, metadata);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, full, overwrite: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"cannot write {path}: {fault.Message}", fault);
        }
        finally
        {
            if (File.Exists(temporary)) File.Delete(temporary);
        }
    }

    /// <summary>The bytes of a file.</summary>
    /// <param name="tensors">Name, dtype, shape and little-endian row-major data of each tensor.</param>
    /// <param name="metadata">Instead of <c>format: pt</c>.</param>
    /// <exception cref="ArgumentException">A name twice, or data whose length is not that of dtype and shape.</exception>
    public static byte[] ToBytes(IEnumerable<Entry> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        using var stream = new MemoryStream();
        Write(stream, tensors, metadata);
        return stream.ToArray();
    }

    /// <summary>Writes a file's bytes to a stream, which stays open.</summary>
    /// <param name="stream">Where to; written from its position on.</param>
    /// <param name="tensors">Name, dtype, shape and little-endian row-major data of each tensor.</param>
    /// <param name="metadata">Instead of <c>format: pt</c>.</param>
    /// <exception cref="ArgumentException">
    /// A name twice, or data whose length is not that of dtype and shape; nothing was written.
    /// </exception>
    public static void Write(Stream stream, IEnumerable<Entry> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        Entry[] entries = [.. tensors];
        foreach (var (name, dtype, shape, data) in entries)
        {
            if (dtype == SafetensorDtype.Unknown || SafetensorDtypes.ByteLength(dtype, shape) != data.Length)
            {
                string of = $"{dtype} of shape [{string.Join(", ", shape)}]";
                throw new ArgumentException($"tensor \"{name}\": {data.Length} bytes are not {of}", nameof(tensors));
            }
        }
        Write(stream, entries.Select(e => new SafetensorSource(e.Name, e.Dtype, e.Shape, to => to.Write(e.Data.Span))), metadata);
    }

    /// <summary>Writes a file's bytes to a stream, each tensor made when its turn comes; the stream stays open.</summary>
    /// <param name="stream">Where to; need not seek.</param>
    /// <param name="tensors">The tensors.</param>
    /// <param name="metadata">Instead of <c>format: pt</c>.</param>
    /// <exception cref="ArgumentException">A name twice, or one that is taken; nothing was written.</exception>
    /// <exception cref="InvalidOperationException">A tensor wrote more or fewer bytes than its dtype and shape say.</exception>
    public static void Write(Stream stream, IEnumerable<SafetensorSource> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        SafetensorSource[] inDataOrder = InDataOrder(tensors);
        stream.Write(Header(inDataOrder, metadata ?? DefaultMetadata));
        foreach (SafetensorSource tensor in inDataOrder)
        {
            var part = new MeasuredStream(stream, tensor.ByteLength);
            tensor.WriteData(part);
            if (part.Left != 0) throw new InvalidOperationException($"tensor \"{tensor.Name}\" lacks {part.Left} bytes of its data");
        }
    }

    /// <summary>Bytes of the file that <see cref="Write(Stream, IEnumerable{SafetensorSource}, IReadOnlyDictionary{string, string})"/>
    /// writes.</summary>
    public static long LengthOf(IEnumerable<SafetensorSource> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        SafetensorSource[] inDataOrder = InDataOrder(tensors);
        return Header(inDataOrder, metadata ?? DefaultMetadata).Length + inDataOrder.Sum(t => t.ByteLength);
    }

    private static SafetensorSource[] InDataOrder(IEnumerable<SafetensorSource> tensors)
    {
        SafetensorSource[] byName = [.. tensors.OrderBy(t => t.Name, StringComparer.Ordinal)];
        for (int i = 0; i < byName.Length; i++)
        {
            string name = byName[i].Name;
            if (i > 0 && byName[i - 1].Name == name) throw new ArgumentException($"tensor \"{name}\" stands there twice", nameof(tensors));
            if (name == "__metadata__") throw new ArgumentException("tensor \"__metadata__\": this name is taken", nameof(tensors));
        }
        return [.. byName.OrderByDescending(t => SafetensorDtypes.BitsOf(t.Dtype))];
    }

    /// <summary>The length and the header, with the tensors by name.</summary>
    private static byte[] Header(SafetensorSource[] inDataOrder, IReadOnlyDictionary<string, string> metadata)
    {
        var offsets = new Dictionary<string, long>(StringComparer.Ordinal);
        long end = 0;
        foreach (SafetensorSource tensor in inDataOrder)
        {
            offsets[tensor.Name] = end;
            end += tensor.ByteLength;
        }
        using var header = new MemoryStream();
        header.Write(stackalloc byte[8]);
        using (var json = new Utf8JsonWriter(header, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata.Count > 0)
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal)) json.WriteString(key, value);
                json.WriteEndObject();
            }
            foreach (SafetensorSource tensor in inDataOrder.OrderBy(t => t.Name, StringComparer.Ordinal))
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", SafetensorDtypes.NameOf(tensor.Dtype));
                json.WriteStartArray("shape");
                foreach (long dimension in tensor.Shape) json.WriteNumberValue(dimension);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offsets[tensor.Name]);
                json.WriteNumberValue(offsets[tensor.Name] + tensor.ByteLength);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (header.Length % 8 != 0) header.WriteByte((byte)' ');
        byte[] bytes = header.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(bytes, bytes.Length - 8);
        return bytes;
    }

    /// <summary>Passes bytes on, as many as it was made for.</summary>
    private sealed class MeasuredStream(Stream inner, long length) : WriteOnlyStream
    {
        public long Left { get; private set; } = length;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (buffer.Length > Left) throw new InvalidOperationException("a tensor has more bytes than its dtype and shape say");
            Left -= buffer.Length;
            inner.Write(buffer);
        }
    }
}

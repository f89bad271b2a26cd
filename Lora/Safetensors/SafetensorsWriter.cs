using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
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
        Entry[] byName = tensors.OrderBy(t => t.Name, StringComparer.Ordinal).ToArray();
        for (int i = 0; i < byName.Length; i++)
        {
            var (name, dtype, shape, data) = byName[i];
            if (i > 0 && byName[i - 1].Name == name) throw new ArgumentException($"tensor \"{name}\" stands there twice", nameof(tensors));
            if (name == "__metadata__") throw new ArgumentException("tensor \"__metadata__\": this name is taken", nameof(tensors));
            if (dtype == SafetensorDtype.Unknown || SafetensorDtypes.ByteLength(dtype, shape) != data.Length)
            {
                string of = $"{dtype} of shape [{string.Join(", ", shape)}]";
                throw new ArgumentException($"tensor \"{name}\": {data.Length} bytes are not {of}", nameof(tensors));
            }
        }
        Entry[] inDataOrder = byName.OrderByDescending(t => SafetensorDtypes.BitsOf(t.Dtype)).ToArray();
        var offsets = new Dictionary<string, long>(StringComparer.Ordinal);
        long end = 0;
        foreach (var (name, _, _, data) in inDataOrder)
        {
            offsets[name] = end;
            end += data.Length;
        }
        WriteHeader(stream, byName, offsets, metadata ?? DefaultMetadata);
        foreach (var tensor in inDataOrder) stream.Write(tensor.Data.Span);
    }

    private static void WriteHeader(Stream stream, Entry[] tensors, Dictionary<string, long> offsets,
        IReadOnlyDictionary<string, string> metadata)
    {
        using var header = new MemoryStream();
        using (var json = new Utf8JsonWriter(header, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata.Count > 0)
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal)) json.WriteString(key, value);
                json.WriteEndObject();
            }
            foreach (var (name, dtype, shape, data) in tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", SafetensorDtypes.NameOf(dtype));
                json.WriteStartArray("shape");
                foreach (long dimension in shape) json.WriteNumberValue(dimension);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offsets[name]);
                json.WriteNumberValue(offsets[name] + data.Length);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (header.Length % 8 != 0) header.WriteByte((byte)' ');
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        stream.Write(length);
        header.WriteTo(stream);
    }
}

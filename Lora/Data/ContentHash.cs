using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace LoraCluster.Data;

/// <summary>
/// The identity of a model or data set, wherever its files lie: SHA-256 over the records of its files, sorted by name (ordinal), each
/// record being the length of the name in UTF-8 bytes (4 bytes, little-endian), the name, the length of the file (8 bytes,
/// little-endian) and the SHA-256 of its bytes.
/// </summary>
public static class ContentHash
{
    /// <summary>The identity of a set of files, whose names count without their folders: 64 lower-case hexadecimal digits.</summary>
    /// <param name="files">Paths in any order. No two may have the same name.</param>
    /// <exception cref="ArgumentException">Two files of one name.</exception>
    /// <exception cref="UserErrorException">A file cannot be read.</exception>
    public static string Of(IEnumerable<string> files)
    {
        (string Name, string Path)[] sorted = [.. files.Select(path => (Name: Path.GetFileName(path), path))
            .OrderBy(file => file.Name, StringComparer.Ordinal)];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> prefix = stackalloc byte[8];
        for (int i = 0; i < sorted.Length; i++)
        {
            (string name, string path) = sorted[i];
            if (i > 0 && sorted[i - 1].Name == name) throw new ArgumentException($"two files have the name {name}", nameof(files));
            byte[] nameBytes = Encoding.UTF8.GetBytes(name);
            (long length, byte[] contentHash) = OfFile(path);
            BinaryPrimitives.WriteInt32LittleEndian(prefix, nameBytes.Length);
            hash.AppendData(prefix[..4]);
            hash.AppendData(nameBytes);
            BinaryPrimitives.WriteInt64LittleEndian(prefix, length);
            hash.AppendData(prefix);
            hash.AppendData(contentHash);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static (long Length, byte[] Hash) OfFile(string path)
    {
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
            byte[] hash = SHA256.HashData(stream);
            return (stream.Position, hash);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"cannot read {path}: {fault.Message}", fault);
        }
    }
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace LoraCluster.Hub;

/// <summary>
/// Whether bytes are those that an ETag names: 64 digits are the SHA-256 of a large file (git LFS), 40 the SHA-1 of git's blob, which is
/// "blob LENGTH\0" and the content. Of any other ETag only the length is known.
/// </summary>
internal static class BlobCheck
{
    /// <summary>What is wrong with a file; null if nothing is.</summary>
    public static async Task<string?> FaultAsync(string path, HubFile file, CancellationToken cancellationToken)
    {
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, useAsync: true);
        if (file.Size is { } size && stream.Length != size)
            return string.Create(CultureInfo.InvariantCulture, $"has {stream.Length} bytes, the hub announced {size}");
        HashAlgorithmName? name = !file.ETag.All(char.IsAsciiHexDigit) ? null : file.ETag.Length switch
        {
            64 => HashAlgorithmName.SHA256,
            40 => HashAlgorithmName.SHA1,
            _ => null,
        };
        if (name is not { } algorithm) return null;
        using var hash = IncrementalHash.CreateHash(algorithm);
        if (algorithm == HashAlgorithmName.SHA1)
            hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {stream.Length}\0")));
        byte[] buffer = new byte[1 << 20];
        for (int read; (read = await stream.ReadAsync(buffer, cancellationToken)) > 0;) hash.AppendData(buffer, 0, read);
        string found = Convert.ToHexStringLower(hash.GetHashAndReset());
        return found.Equals(file.ETag, StringComparison.OrdinalIgnoreCase) ? null
            : $"has the {algorithm.Name} {found}, the hub announced {file.ETag}";
    }
}

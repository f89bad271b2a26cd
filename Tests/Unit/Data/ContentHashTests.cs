using System.Security.Cryptography;
using LoraCluster.Data;

namespace LoraCluster.Tests.Unit.Data;

public sealed class ContentHashTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Is_the_hash_of_the_documented_record()
    {
        string path = Write("x", "a.txt", "abc");
        byte[] record = [5, 0, 0, 0, .. "a.txt"u8, 3, 0, 0, 0, 0, 0, 0, 0, .. SHA256.HashData("abc"u8)];
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(record)), ContentHash.Of([path]));
    }

    [Fact]
    public void Depends_on_names_and_bytes_and_not_on_folders_or_order()
    {
        string a = Write("x", "a", "1"), b = Write("x", "B", "2"), elsewhere = Write("y", "a", "1");
        string hash = ContentHash.Of([a, b]);
        Assert.Equal(hash, ContentHash.Of([b, a]));
        Assert.Equal(hash, ContentHash.Of([b, elsewhere]));
        Assert.NotEqual(hash, ContentHash.Of([a]));
        Assert.NotEqual(hash, ContentHash.Of([a, Write("z", "B", "3")]));
        Assert.NotEqual(hash, ContentHash.Of([a, Write("z", "C", "2")]));
    }

    [Fact]
    public void Two_files_of_one_name_and_absent_files_are_refused()
    {
        string a = Write("x", "a", "1");
        Assert.Throws<ArgumentException>(() => ContentHash.Of([a, a]));
        string message = Assert.Throws<UserErrorException>(() => ContentHash.Of([folder.File("absent")])).Message;
        Assert.Contains("absent", message, StringComparison.Ordinal);
    }

    private string Write(string part, string name, string content)
    {
        string path = Path.Combine(Directory.CreateDirectory(folder.File(part)).FullName, name);
        File.WriteAllText(path, content);
        return path;
    }
}

namespace LoraCluster.Tests.Unit.Build;

public sealed class PatchLibTorchSharpTests
{
    private static string InPackageCache()
    {
        string root = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        return Path.Combine(root, "torchsharp", "0.107.0", "runtimes", "linux-x64", "native", "libLibTorchSharp.so");
    }

    [Fact]
    public void Patches_a_copy_once_and_finds_nothing_to_do_the_second_time()
    {
        string original = InPackageCache();
        Assert.SkipUnless(File.Exists(original), $"no Linux library in the package cache at {original}");
        using var folder = new TemporaryFolder();
        string copy = folder.File("libLibTorchSharp.so");
        File.Copy(original, copy);

        Assert.True(LibTorchSharpPatch.Apply(copy));
        byte[] patched = File.ReadAllBytes(copy);
        Assert.False(LibTorchSharpPatch.Apply(copy));

        Assert.Equal(patched, File.ReadAllBytes(copy));
        Assert.Equal(new FileInfo(original).Length, patched.Length);
        Assert.NotEqual(File.ReadAllBytes(original), patched);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(4096)]
    public void Refuses_a_file_it_does_not_know_and_leaves_it_alone(int length)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("libLibTorchSharp.so");
        byte[] junk = new byte[length];
        new Random(1).NextBytes(junk);
        File.WriteAllBytes(path, junk);

        var error = Assert.Throws<InvalidDataException>(() => LibTorchSharpPatch.Apply(path));

        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Equal(junk, File.ReadAllBytes(path));
    }

    [Fact]
    public void Torch_loads_and_adds() => Assert.Equal(3f, (TorchSharp.torch.tensor(1f) + TorchSharp.torch.tensor(2f)).item<float>());
}

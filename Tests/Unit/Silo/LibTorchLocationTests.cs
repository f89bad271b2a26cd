using LoraCluster.Devices;
using LoraCluster.Silo;

namespace LoraCluster.Tests.Unit.Silo;

/// <summary>The refusals, all of which come before anything is loaded.</summary>
public sealed class LibTorchLocationTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public LibTorchLocationTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "a foreign libtorch can be used on Linux only");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_build_knows_its_own_version() => Assert.Matches(@"^\d+\.\d+\.\d+$", LibTorchLocation.BuiltFor);

    [Fact]
    public void A_folder_without_libtorch_is_refused() => Refused(folder.Path, "no libtorch_cpu.so");

    [Fact]
    public void A_part_of_libtorch_is_refused()
    {
        Libraries("libtorch_cpu.so", "libtorch.so");

        Refused(folder.Path, "libc10.so not found");
    }

    [Fact]
    public void A_libtorch_of_unknown_version_is_refused()
    {
        Libraries("libtorch_cpu.so", "libtorch.so", "libc10.so");

        Refused(folder.Path, "tells its version");
    }

    [Theory]
    [InlineData("version.py", "__version__ = '2.13.0+cpu'\ndebug = False\n", "2.13.0+cpu")]
    [InlineData("build-version", "1.13.1+cu117\n", "1.13.1+cu117")]
    public void Another_version_is_refused_with_both_named(string file, string text, string version)
    {
        Libraries("libtorch_cpu.so", "libtorch.so", "libc10.so");
        File.WriteAllText(folder.File(file), text);

        Refused(folder.Path, version);
        Refused(Path.Combine(folder.Path, "lib"), LibTorchLocation.BuiltFor);
    }

    [Fact]
    public void The_same_minor_version_is_accepted()
    {
        Libraries("libtorch_cpu.so", "libtorch.so", "libc10.so");
        string version = string.Join('.', LibTorchLocation.BuiltFor.Split('.').Take(2)) + ".9+cu999";
        File.WriteAllText(folder.File("version.py"), $"__version__ = '{version}'");

        Assert.Equal(version, LibTorchLocation.Check(folder.Path, out string libraries));
        Assert.Equal(Path.Combine(folder.Path, "lib"), libraries);
    }

    private static void Refused(string given, string because) =>
        Assert.Contains(because, Assert.Throws<UserErrorException>(() => LibTorchLocation.Check(given, out _)).Message,
            StringComparison.Ordinal);

    private void Libraries(params string[] names)
    {
        string lib = Directory.CreateDirectory(folder.File("lib")).FullName;
        foreach (string name in names) File.WriteAllText(Path.Combine(lib, name), "");
    }
}

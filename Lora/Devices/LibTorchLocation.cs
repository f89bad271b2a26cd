using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace LoraCluster.Devices;

/// <summary>
/// Lets a silo use the libtorch of an existing PyTorch installation (LORACLUSTER_LIBTORCH) instead of the one that came with the build.
/// The libraries are opened from there before TorchSharp is touched; the loader then finds the names that TorchSharp's own library
/// asks for among what is open already. Works on Linux, where that is how names are resolved.
/// </summary>
public static class LibTorchLocation
{
    // Each needs those before it; the CUDA ones are there only in a CUDA build.
    private const string AlsoTried = "2.11";
    private static readonly string[] Required = ["libc10.so", "libtorch_cpu.so", "libtorch.so"];
    private static readonly string[] InOrder = ["libc10.so", "libtorch_cpu.so", "libc10_cuda.so", "libtorch_cuda.so", "libtorch.so"];

    /// <summary>Version of libtorch that the build's TorchSharp was made for, as 2.10.0.</summary>
    public static string BuiltFor { get; } = ReadBuiltFor();

    /// <summary>Checks the folder, then loads libtorch from it. Must come before any other use of TorchSharp.</summary>
    /// <param name="folder">Folder that holds <c>libtorch_cpu.so</c>, or whose <c>lib</c> does.</param>
    /// <returns>The version found there.</returns>
    /// <exception cref="UserErrorException">It cannot be used; nothing was loaded.</exception>
    public static string Use(string folder)
    {
        string version = Check(folder, out string libraries);
        foreach (string name in InOrder)
        {
            string path = Path.Combine(libraries, name);
            if (!File.Exists(path)) continue;
            try
            {
                NativeLibrary.Load(path);
            }
            catch (DllNotFoundException e)
            {
                throw new UserErrorException(Unusable(folder, $"{name} does not load: {e.Message}").Message, e);
            }
        }
        KeepTorchSharpFromLoadingItsOwn();
        return version;
    }

    /// <summary>Checks the folder without loading anything.</summary>
    /// <exception cref="UserErrorException">It cannot be used.</exception>
    public static string Check(string folder, out string libraries)
    {
        if (!OperatingSystem.IsLinux()) throw Unusable(folder, "it works on Linux only.");
        libraries = new[] { folder, Path.Combine(folder, "lib") }.FirstOrDefault(f => File.Exists(Path.Combine(f, "libtorch_cpu.so")))
            ?? throw Unusable(folder, "no libtorch_cpu.so there; it takes the torch/lib folder of a PyTorch.");
        string inside = Path.GetFullPath(libraries);
        if (Required.Where(name => !File.Exists(Path.Combine(inside, name))).ToList() is { Count: > 0 } missing)
            throw Unusable(folder, $"{string.Join(", ", missing)} not found in {inside}.");
        string version = ReadVersion(Path.GetDirectoryName(inside)!)
            ?? throw Unusable(folder, $"no version.py (PyTorch) or build-version (libtorch) above {inside} tells its version.");
        // libtorch promises binary compatibility between patch versions only; 2.11 was tried beside.
        if (MajorMinor(version) != MajorMinor(BuiltFor) && MajorMinor(version) != AlsoTried)
        {
            throw Unusable(folder, $"it holds libtorch {version}, and this build is for {BuiltFor}: "
                + $"it takes a {MajorMinor(BuiltFor)}.x or a {AlsoTried}.x.");
        }
        if (File.Exists(Path.Combine(OwnLibraries(), "libtorch_cuda.so")))
            throw Unusable(folder, "this build carries a CUDA libtorch of its own; use the default build with it.");
        return version;
    }

    private static UserErrorException Unusable(string folder, string why) => new($"LORACLUSTER_LIBTORCH={folder}: {why}");

    /// <summary>
    /// TorchSharp opens "torch_cpu" by the path of its own copy when a CPU tensor is first made, unless it believes that it has done so;
    /// two copies in a process would register every operator twice.
    /// </summary>
    private static void KeepTorchSharpFromLoadingItsOwn()
    {
        foreach (string name in new[] { "nativeBackendLoaded", "nativeBackendCudaLoaded" })
        {
            var loaded = typeof(torch).GetField(name, BindingFlags.Static | BindingFlags.NonPublic)
                ?? throw new UserErrorException("LORACLUSTER_LIBTORCH does not work with this version of TorchSharp.");
            loaded.SetValue(null, true);
        }
    }

    private static string? ReadVersion(string above)
    {
        string python = Path.Combine(above, "version.py"), plain = Path.Combine(above, "build-version");
        if (File.Exists(python))
        {
            string? line = File.ReadLines(python).FirstOrDefault(l => l.StartsWith("__version__", StringComparison.Ordinal));
            return line?.Split('=', 2)[1].Trim().Trim('\'', '"');
        }
        return File.Exists(plain) ? File.ReadAllText(plain).Trim() : null;
    }

    private static string MajorMinor(string version) => string.Join('.', version.Split('.').Take(2));

    /// <summary>A constant there; asking the public property would load libtorch.</summary>
    private static string ReadBuiltFor()
    {
        var constant = typeof(torch).GetField("libtorchPackageVersion", BindingFlags.Static | BindingFlags.NonPublic);
        return string.Join('.', (constant?.GetRawConstantValue() as string ?? "unknown").Split('.').Take(3));
    }

    private static string OwnLibraries()
    {
        string architecture = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        return Path.Combine(AppContext.BaseDirectory, "runtimes", $"linux-{architecture}", "native");
    }
}

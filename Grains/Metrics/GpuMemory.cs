using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace LoraCluster.Grains.Metrics;

/// <summary>
/// Memory of a CUDA device, from the CUDA runtime that libtorch has loaded (TorchSharp does not tell it). Where none is loaded, or it
/// refuses, there is no figure.
/// </summary>
/// <param name="device">As <c>cuda:0</c>; of another device nothing is reported.</param>
internal sealed class GpuMemory(string device)
{
    private const string Prefix = "cuda:";
    private readonly int _index = device.StartsWith(Prefix, StringComparison.Ordinal)
        && int.TryParse(device.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int index) ? index : -1;
    private SetDevice? _setDevice;
    private MemGetInfo? _memGetInfo;

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int SetDevice(int device);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int MemGetInfo(out nuint free, out nuint total);

    /// <summary>Bytes in use and in all, or null.</summary>
    public (long Used, long Total)? Read()
    {
        if (_index < 0 || !TryFind() || _setDevice!(_index) != 0) return null;
        return _memGetInfo!(out nuint free, out nuint total) == 0 ? ((long)(total - free), (long)total) : null;
    }

    // libtorch loads the runtime with the first use of the device, so it is looked for until it is there.
    private bool TryFind()
    {
        if (_memGetInfo is not null) return true;
        using var self = Process.GetCurrentProcess();
        string name = OperatingSystem.IsWindows() ? "cudart64" : "libcudart";
        string? path = self.Modules.Cast<ProcessModule>().Select(m => m.FileName)
            .FirstOrDefault(f => Path.GetFileName(f).StartsWith(name, StringComparison.OrdinalIgnoreCase));
        if (path is null || !NativeLibrary.TryLoad(path, out nint library)
            || !NativeLibrary.TryGetExport(library, "cudaSetDevice", out nint setDevice)
            || !NativeLibrary.TryGetExport(library, "cudaMemGetInfo", out nint memGetInfo)) return false;
        _setDevice = Marshal.GetDelegateForFunctionPointer<SetDevice>(setDevice);
        _memGetInfo = Marshal.GetDelegateForFunctionPointer<MemGetInfo>(memGetInfo);
        return true;
    }
}

using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace LoraCluster.Kernels.Cuda;

/// <summary>
/// The few functions of CUDA's driver library that a kernel of our own needs. The library comes with the graphics driver, so it is there
/// wherever libtorch sees a device.
/// </summary>
/// <remarks>Names and signatures are those of the CUDA Driver API (cuda.h).</remarks>
internal static unsafe class CudaDriver
{
    private static readonly nint library = Load();

    /// <summary>Makes a device's primary context, the one that libtorch uses, this thread's.</summary>
    /// <param name="device">Index of the device.</param>
    /// <exception cref="ExternalException">The driver refuses or is missing.</exception>
    public static void Enter(int device)
    {
        int handle;
        nint context;
        Check(((delegate* unmanaged[Cdecl]<int*, int, int>)Export("cuDeviceGet"))(&handle, device), "cuDeviceGet");
        Check(((delegate* unmanaged[Cdecl]<nint*, int, int>)Export("cuDevicePrimaryCtxRetain"))(&context, handle),
            "cuDevicePrimaryCtxRetain");
        Check(((delegate* unmanaged[Cdecl]<nint, int>)Export("cuCtxSetCurrent"))(context), "cuCtxSetCurrent");
    }

    /// <summary>Compiles PTX for the device of this thread's context.</summary>
    /// <exception cref="ExternalException">The driver refuses it.</exception>
    public static nint LoadModule(string ptx)
    {
        nint module;
        fixed (byte* text = Encoding.ASCII.GetBytes(ptx + "\0"))
            Check(((delegate* unmanaged[Cdecl]<nint*, byte*, int>)Export("cuModuleLoadData"))(&module, text), "cuModuleLoadData");
        return module;
    }

    /// <summary>A kernel of a module.</summary>
    public static nint Function(nint module, string name)
    {
        nint function;
        fixed (byte* text = Encoding.ASCII.GetBytes(name + "\0"))
            Check(((delegate* unmanaged[Cdecl]<nint*, nint, byte*, int>)Export("cuModuleGetFunction"))(&function, module, text),
                "cuModuleGetFunction");
        return function;
    }

    /// <summary>Starts a kernel behind what libtorch has started: both use the default stream.</summary>
    /// <param name="function">The kernel.</param>
    /// <param name="blocks">Blocks of threads.</param>
    /// <param name="threads">Threads of a block.</param>
    /// <param name="arguments">An address for each argument.</param>
    public static void Launch(nint function, uint blocks, uint threads, void** arguments) =>
        Check(launch(function, blocks, 1, 1, threads, 1, 1, 0, 0, arguments, null), "cuLaunchKernel");

    private static readonly delegate* unmanaged[Cdecl]<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int> launch =
        (delegate* unmanaged[Cdecl]<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int>)Export("cuLaunchKernel");

    private static nint Load()
    {
        foreach (string name in new[] { "libcuda.so.1", "nvcuda.dll" })
            if (NativeLibrary.TryLoad(name, out nint found)) return found;
        return 0;
    }

    private static void* Export(string name) => library != 0 && NativeLibrary.TryGetExport(library, name, out nint address)
        ? (void*)address : throw new ExternalException($"CUDA's driver library has no {name}");

    private static void Check(int error, string call)
    {
        if (error == 0) return;
        throw new ExternalException(string.Create(CultureInfo.InvariantCulture, $"{call} failed with CUDA error {error}"));
    }
}

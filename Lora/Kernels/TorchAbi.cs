using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using TorchSharp;

namespace LoraCluster.Kernels;

/// <summary>
/// The plain C functions that libtorch's CPU library exports, of which TorchSharp has no counterpart: a TorchSharp tensor's handle is a
/// tensor handle of theirs. Resolved once, from the library that TorchSharp has loaded; where they are missing (another system's build, a
/// foreign libtorch), callers take their plain route.
/// </summary>
/// <remarks>Declared in PyTorch's torch/csrc/stable/c/shim.h and torch/csrc/inductor/aoti_torch/c/shim.h and shim_cpu.h.</remarks>
public static unsafe class TorchAbi
{
    private const int KnownMajor = 2, FirstMinor = 10, LastMinor = 11;

    private static readonly Exports? exports;

    static TorchAbi()
    {
        try
        {
            exports = Resolve(out string? reason);
            Reason = reason;
        }
        catch (Exception e) when (e is DllNotFoundException or FileNotFoundException or NotSupportedException
            or TypeInitializationException)
        {
            Reason = $"libtorch is not loaded: {e.Message}";
        }
    }

    /// <summary>Whether every function was found and the library has the known version.</summary>
    public static bool IsAvailable => exports is not null;

    /// <summary>Why not, where <see cref="IsAvailable"/> is false; else null.</summary>
    public static string? Reason { get; }

    /// <summary>libtorch's version, such as 2.10.0; null where <see cref="IsAvailable"/> is false.</summary>
    internal static string? Version =>
        exports is { Version: ulong v }
            ? string.Create(CultureInfo.InvariantCulture, $"{v >> 56}.{(byte)(v >> 48)}.{(byte)(v >> 40)}")
            : null;

    private static Exports Found => exports ?? throw new InvalidOperationException(Reason);

    /// <summary>
    /// x W^T + b on a packed weight through oneDNN, outside autograd: the result carries no gradient whatever the arguments ask for.
    /// </summary>
    /// <param name="x">[…, in], dense; copied if not contiguous.</param>
    /// <param name="packed">A result of <see cref="ReorderLinearWeight"/>, of the same dtype.</param>
    /// <param name="bias">[out] or null.</param>
    /// <returns>[…, out], the dtype of <paramref name="x"/>; the caller disposes it.</returns>
    internal static torch.Tensor Linear(torch.Tensor x, torch.Tensor packed, torch.Tensor? bias)
    {
        nint result = 0, b = bias is null ? 0 : bias.Handle;
        fixed (byte* none = "none\0"u8, empty = "\0"u8)
        {
            byte* algorithm = empty;
            int error = Found.LinearPointwise(x.Handle, packed.Handle, b == 0 ? null : &b, none, null, 0, &algorithm, &result);
            GC.KeepAlive(x);
            GC.KeepAlive(packed);
            GC.KeepAlive(bias);
            if (error != 0) throw new ExternalException("oneDNN's linear failed; libtorch wrote the reason to the standard error stream");
        }
        return torch.Tensor.UnsafeCreateTensor(result);
    }

    /// <summary>A weight [out, in] in the layout that oneDNN's linear likes best, for any number of rows.</summary>
    /// <param name="weight">[out, in], float32 or bfloat16, CPU.</param>
    /// <returns>An opaque tensor, good for <see cref="Linear"/> alone; the caller disposes it.</returns>
    internal static torch.Tensor ReorderLinearWeight(torch.Tensor weight)
    {
        ulong* stack = stackalloc ulong[2];
        stack[0] = Owned(weight);
        stack[1] = 0;
        Call("mkldnn::_reorder_linear_weight\0"u8, stack);
        return torch.Tensor.UnsafeCreateTensor((nint)stack[0]);
    }

    /// <summary>The address of a tensor's first element.</summary>
    internal static void* DataPointer(torch.Tensor tensor)
    {
        void* address = null;
        int error = Found.GetDataPointer(tensor.Handle, &address);
        GC.KeepAlive(tensor);
        return error == 0 ? address : throw new ExternalException("the tensor has no memory of its own");
    }

    /// <summary>Runs a body over ranges of [0, count) on libtorch's own threads, as its operators do, within their number.</summary>
    internal static void ParallelFor(long count, long grain, delegate* unmanaged[Cdecl]<long, long, void*, void> body, void* context)
    {
        if (Found.ParallelFor(0, count, grain, body, context) != 0) throw new ExternalException("libtorch's parallel loop failed");
    }

    private static void Call(ReadOnlySpan<byte> name, ulong* stack)
    {
        fixed (byte* op = name, overload = "\0"u8)
        {
            if (Found.CallDispatcher(op, overload, stack, Found.Version) != 0)
            {
                string operation = Encoding.UTF8.GetString(name[..^1]);
                throw new ExternalException($"{operation} failed; libtorch wrote the reason to the standard error stream");
            }
        }
    }

    /// <summary>A new handle on the same tensor, which the callee consumes.</summary>
    private static ulong Owned(torch.Tensor tensor)
    {
        nint handle = 0;
        int error = Found.NewTensorHandle(tensor.Handle, &handle);
        GC.KeepAlive(tensor);
        return error == 0 ? (ulong)handle : throw new ExternalException("no handle for a tensor");
    }

    private static Exports? Resolve(out string? reason)
    {
        torch.InitializeDeviceType(DeviceType.CPU);
        if (!TryFindLibrary(out nint library))
        {
            reason = "the library torch_cpu was not found among those that are loaded";
            return null;
        }
        var missing = new List<string>();
        nint Find(string name)
        {
            if (NativeLibrary.TryGetExport(library, name, out nint address)) return address;
            missing.Add(name);
            return 0;
        }
        var found = new Exports(Find);
        if (missing.Count > 0)
        {
            reason = $"torch_cpu does not export {string.Join(", ", missing)}";
            return null;
        }
        int major = (int)(found.Version >> 56), minor = (int)(found.Version >> 48) & 0xFF;
        // The arguments of these functions are not promised to stay: another version is not called on a guess.
        bool known = major == KnownMajor && minor is >= FirstMinor and <= LastMinor;
        reason = known ? null : $"libtorch is {major}.{minor}; known are {KnownMajor}.{FirstMinor} to {KnownMajor}.{LastMinor}";
        return known ? found : null;
    }

    private static bool TryFindLibrary(out nint library)
    {
        using var process = Process.GetCurrentProcess();
        foreach (ProcessModule module in process.Modules)
        {
            bool sought = Path.GetFileNameWithoutExtension(module.FileName) is "libtorch_cpu" or "torch_cpu";
            if (sought && NativeLibrary.TryLoad(module.FileName, out library)) return true;
        }
        return NativeLibrary.TryLoad("torch_cpu", typeof(torch).Assembly, null, out library);
    }

    /// <summary>The functions that are used, with the arguments of libtorch 2.10 and 2.11.</summary>
    private sealed class Exports(Func<string, nint> find)
    {
        private readonly nint parallelFor = find("torch_parallel_for"), linearPointwise = find("aoti_torch_cpu__linear_pointwise");
        private readonly nint callDispatcher = find("torch_call_dispatcher"), newTensorHandle = find("aoti_torch_new_tensor_handle");
        private readonly nint getDataPointer = find("aoti_torch_get_data_ptr"), abiVersion = find("aoti_torch_abi_version");

        public ulong Version => abiVersion == 0 ? 0 : ((delegate* unmanaged[Cdecl]<ulong>)abiVersion)();

        public int LinearPointwise(nint x, nint w, nint* bias, byte* attr, double** scalars, long count, byte** algorithm, nint* result) =>
            ((delegate* unmanaged[Cdecl]<nint, nint, nint*, byte*, double**, long, byte**, nint*, int>)linearPointwise)(
                x, w, bias, attr, scalars, count, algorithm, result);

        public int CallDispatcher(byte* name, byte* overload, ulong* stack, ulong abi) =>
            ((delegate* unmanaged[Cdecl]<byte*, byte*, ulong*, ulong, int>)callDispatcher)(name, overload, stack, abi);

        public int NewTensorHandle(nint tensor, nint* result) =>
            ((delegate* unmanaged[Cdecl]<nint, nint*, int>)newTensorHandle)(tensor, result);

        public int GetDataPointer(nint tensor, void** result) =>
            ((delegate* unmanaged[Cdecl]<nint, void**, int>)getDataPointer)(tensor, result);

        public int ParallelFor(
            long first, long last, long grain, delegate* unmanaged[Cdecl]<long, long, void*, void> body, void* context) =>
            ((delegate* unmanaged[Cdecl]<long, long, long, delegate* unmanaged[Cdecl]<long, long, void*, void>, void*, int>)parallelFor)(
                first, last, grain, body, context);
    }
}

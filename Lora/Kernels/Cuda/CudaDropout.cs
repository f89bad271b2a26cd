using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using LoraCluster.Randomness;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Kernels.Cuda;

/// <summary>
/// <see cref="CounterDropout"/> on a GPU: one launch of <c>dropout.cl</c>, whose PTX this assembly carries and the driver compiles once a
/// device. Same masks and bits as on the CPU.
/// </summary>
internal static unsafe class CudaDropout
{
    private const uint Threads = 256;
    private const int PositionsPerThread = 8;
    private static readonly ConcurrentDictionary<int, Kernels?> devices = new();
    [ThreadStatic] private static int t_entered;

    /// <summary>Why the kernel cannot be used on some device; null while no device refused it.</summary>
    public static string? Reason { get; private set; }

    /// <summary>True if <see cref="Run"/> can take tensors of this kind.</summary>
    public static bool Serves(Tensor x) =>
        x.device_type == DeviceType.CUDA && x.dtype is (ScalarType.Float32 or ScalarType.BFloat16) && TorchAbi.IsAvailable
        && On(x.device_index) is not null;

    /// <summary>y = the dropout of x, behind everything that was started on the device before.</summary>
    /// <param name="x">Contiguous, of a kind that <see cref="Serves"/> says yes to.</param>
    /// <param name="y">As <paramref name="x"/>; may be the same.</param>
    /// <param name="stream">Where the draws come from.</param>
    /// <param name="threshold">Draws below it drop.</param>
    /// <param name="scale">What is kept is multiplied by this.</param>
    public static void Run(Tensor x, Tensor y, in RandomStream stream, uint threshold, float scale)
    {
        Enter(x.device_index);
        Kernels kernels = On(x.device_index) ?? throw new ExternalException(Reason);
        void* from = TorchAbi.DataPointer(x), to = TorchAbi.DataPointer(y);
        ulong count = (ulong)x.numel();
        uint low = (uint)stream.Key, high = (uint)(stream.Key >> 32), step = stream.Step, micro = stream.MicroBatch, site = stream.Site;
        void** arguments = stackalloc void*[10]
        {
            &from, &to, &count, &low, &high, &step, &micro, &site, &threshold, &scale,
        };
        ulong groups = (count + DropoutKernel.Chunk - 1) / DropoutKernel.Chunk * (DropoutKernel.Chunk / PositionsPerThread);
        nint kernel = x.dtype == ScalarType.BFloat16 ? kernels.BFloat16 : kernels.Float;
        CudaDriver.Launch(kernel, (uint)((groups + Threads - 1) / Threads), Threads, arguments);
        GC.KeepAlive(x);
        GC.KeepAlive(y);
    }

    private static Kernels? On(int device) => devices.GetOrAdd(device, static index =>
    {
        try
        {
            CudaDriver.Enter(index);
            using Stream resource = typeof(CudaDropout).Assembly.GetManifestResourceStream("LoraCluster.Kernels.Cuda.dropout.ptx")!;
            using var reader = new StreamReader(resource);
            nint module = CudaDriver.LoadModule(reader.ReadToEnd());
            return new Kernels(CudaDriver.Function(module, "dropout_float"), CudaDriver.Function(module, "dropout_bfloat16"));
        }
        catch (ExternalException e)
        {
            Reason = e.Message;
            return null;
        }
    });

    // libtorch's calls make a thread's context current too, but on a thread of its own the backward may come first.
    private static void Enter(int device)
    {
        if (t_entered == device + 1) return;
        CudaDriver.Enter(device);
        t_entered = device + 1;
    }

    private sealed record Kernels(nint Float, nint BFloat16);
}

using System.Runtime.InteropServices;

namespace LoraCluster.Kernels;

/// <summary>
/// The C library's heap, from which libtorch takes its tensors. By default glibc gives large blocks back to the system when they are freed,
/// so that every step's activations and gradients are mapped, zeroed and faulted in anew, page by page. A process that only trains does
/// better to keep them: its memory stays at its peak, which it would reach again in the next step.
/// </summary>
public static partial class NativeHeap
{
    private const int TrimThreshold = -1, MmapThreshold = -3, MaxArenas = -8;

    /// <summary>Makes the heap keep what is freed, for this whole process; call it once, at its start.</summary>
    /// <returns>False where the C library is not glibc and nothing was changed.</returns>
    public static bool KeepFreedPages()
    {
        if (!OperatingSystem.IsLinux()) return false;
        // One arena: the others are made of heaps of 64 MiB, which hold no large tensor and are unmapped when they are empty.
        try { return SetOption(MmapThreshold, int.MaxValue) + SetOption(TrimThreshold, int.MaxValue) + SetOption(MaxArenas, 1) == 3; }
        catch (EntryPointNotFoundException) { return false; }
    }

    // mallopt(3); glibc only.
    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);
}

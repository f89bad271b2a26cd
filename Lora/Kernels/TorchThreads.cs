using static TorchSharp.torch;

namespace LoraCluster.Kernels;

/// <summary>
/// The number of threads of libtorch's operators. With OpenMP, a thread that has run operators keeps its own number: another thread's
/// call reaches only threads that begin afterwards. So every thread that runs operators sets it itself, to the same number, before its
/// first one.
/// </summary>
public static class TorchThreads
{
    /// <summary>The number in force on the calling thread.</summary>
    public static int Current => get_num_threads();

    /// <summary>Sets the number for the calling thread and for threads that have not run an operator yet.</summary>
    /// <param name="threads">At least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public static void Set(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        if (get_num_threads() != threads) set_num_threads(threads);
    }
}

using static TorchSharp.torch;

namespace LoraCluster.Kernels;

/// <summary>The number of threads of libtorch's operators: one number for the whole process, whoever sets it.</summary>
public static class TorchThreads
{
    /// <summary>The number in force.</summary>
    public static int Current => get_num_threads();

    /// <summary>Sets the number, if it is another one. For the start of a process: operators that run at that moment may see either.</summary>
    /// <param name="threads">At least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public static void Set(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        if (get_num_threads() != threads) set_num_threads(threads);
    }
}

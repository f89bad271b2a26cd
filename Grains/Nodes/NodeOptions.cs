namespace LoraCluster.Grains.Nodes;

/// <summary>What a silo is as a place for trainers; the host fills it in before it starts.</summary>
public sealed class NodeOptions
{
    /// <summary>Trainers it takes at most.</summary>
    public int Slots { get; set; } = 4;
    /// <summary>Threads that its trainers share.</summary>
    public int Threads { get; set; } = Environment.ProcessorCount;
    /// <summary><c>cpu</c> or <c>cuda:N</c>.</summary>
    public string Device { get; set; } = "cpu";
    /// <summary>The kernels in use; trainers of one run share it.</summary>
    public string KernelRoute { get; set; } = "";
    /// <summary>True if the kernel self-test of equal bits passed.</summary>
    public bool EqualBits { get; set; } = true;
    /// <summary>Processor or accelerator, for people.</summary>
    public string Hardware { get; set; } = "";
    /// <summary>Version of the program.</summary>
    public string Version { get; set; } = "";
}

using LoraCluster.Grains.Nodes;

namespace LoraCluster.Client.Training;

/// <summary>How many trainers, and threads of each, where the user left it open.</summary>
/// <param name="Trainers">Trainers in all.</param>
/// <param name="ThreadsPerTrainer">Threads of each.</param>
/// <param name="Faults">What the cluster at hand cannot do; empty if nothing.</param>
internal sealed record Placement(int Trainers, int ThreadsPerTrainer, IReadOnlyList<string> Faults)
{
    /// <summary>
    /// One trainer a silo, at most one a micro-batch; the threads of the smallest silo, shared by the trainers that one silo gets when
    /// they are dealt evenly. Only silos that can train together count: of one kind of device and one kernel route.
    /// </summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="nodes">The active silos, one or more.</param>
    public static Placement Of(TrainingRequest request, IReadOnlyList<NodeStatus> nodes)
    {
        var faults = new List<string>();
        IReadOnlyList<NodeStatus> usable = LargestGroup(request, nodes, faults);
        int trainers = request.Trainers ?? Math.Max(1, Math.Min(usable.Count, request.Options.MicroBatchesPerStep));
        int slots = usable.Sum(node => node.Slots), most = usable.Max(node => node.Threads);
        string names = string.Join(", ", usable.Select(node => node.Name));
        if (trainers > slots)
            faults.Add($"trainers is {trainers}; allowed is at most the slots of the silos that can train together, {slots} on {names}");
        int busiest = (trainers + usable.Count - 1) / usable.Count;
        int threads = request.ThreadsPerTrainer ?? Math.Max(1, usable.Min(node => node.Threads) / busiest);
        if (threads > most) faults.Add($"threads-per-trainer is {threads}; allowed is at most a silo's threads, {most} on {names}");
        return new Placement(trainers, threads, faults);
    }

    private static IReadOnlyList<NodeStatus> LargestGroup(TrainingRequest request, IReadOnlyList<NodeStatus> nodes, List<string> faults)
    {
        // A silo that drains takes no trainers; where all do, the run waits for one of them.
        if (nodes.Any(node => !node.IsDraining)) nodes = [.. nodes.Where(node => !node.IsDraining)];
        List<NodeStatus> fit = [.. nodes.Where(node => node.EqualBits || !request.Spec.RequireEqualBits)];
        if (fit.Count == 0)
        {
            faults.Add("no silo passes the self-test of equal bits; --no-equal-bits trains all the same");
            fit = [.. nodes];
        }
        return [.. fit.GroupBy(node => (node.KernelRoute, node.Device.Split(':')[0])).MaxBy(group => group.Sum(node => node.Slots))!];
    }
}

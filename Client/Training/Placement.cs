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
    /// they are dealt evenly.
    /// </summary>
    public static Placement Of(TrainingRequest request, IReadOnlyList<NodeStatus> nodes)
    {
        int trainers = request.Trainers ?? Math.Max(1, Math.Min(nodes.Count, request.Options.MicroBatchesPerStep));
        var faults = new List<string>();
        int slots = nodes.Sum(node => node.Slots);
        if (trainers > slots) faults.Add($"trainers is {trainers}; allowed is at most the cluster's slots, {slots} on {nodes.Count} silos");
        if (request.Spec.RequireEqualBits && nodes.All(node => !node.EqualBits))
            faults.Add("no silo passes the self-test of equal bits; --no-equal-bits trains all the same");
        int busiest = (trainers + nodes.Count - 1) / Math.Max(1, nodes.Count);
        int threads = request.ThreadsPerTrainer ?? Math.Max(1, nodes.Min(node => node.Threads) / busiest);
        return new Placement(trainers, threads, faults);
    }
}

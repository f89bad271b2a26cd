using System.Globalization;
using LoraCluster.Grains.Nodes;

namespace LoraCluster.Grains.Scheduling;

/// <summary>
/// Who holds which trainer slots and who waits, as a plain value without clock or I/O. First come, first served: nobody overtakes, so a
/// large run is not starved by small ones.
/// </summary>
public sealed class SlotLedger(List<SlotLease> leases, List<SlotRequest> queue)
{
    /// <summary>Most runs that may wait.</summary>
    public const int MaxQueued = 100;

    /// <summary>Slots in use.</summary>
    public IReadOnlyList<SlotLease> Leases => leases;

    /// <summary>Who waits, in order.</summary>
    public IReadOnlyList<SlotRequest> Queue => queue;

    /// <summary>Queues a run. False if it has slots already or waits already.</summary>
    /// <exception cref="ClusterRequestException">The queue is full.</exception>
    public bool Enqueue(SlotRequest request)
    {
        if (queue.Exists(r => IsOf(r.RunId, request.RunId)) || leases.Exists(l => IsOf(l.RunId, request.RunId))) return false;
        if (queue.Count >= MaxQueued)
            throw new ClusterRequestException(Text($"{queue.Count} runs wait already; allowed are {MaxQueued}"));
        queue.Add(request);
        return true;
    }

    /// <summary>Gives back what a run holds, and its place in the queue. True if it had either.</summary>
    public bool Release(string runId) => leases.RemoveAll(l => IsOf(l.RunId, runId)) + queue.RemoveAll(r => IsOf(r.RunId, runId)) > 0;

    /// <summary>Gives the first in the queue its slots, if there are enough; null if not, or if nobody waits.</summary>
    public SlotLease? TryGrant(IReadOnlyList<NodeStatus> nodes)
    {
        if (queue.Count == 0) return null;
        SlotRequest request = queue[0];
        if (BestGroup(request, nodes) is not { } group || UsableIn(group, request) < request.Trainers) return null;
        var lease = new SlotLease(request.RunId, request.ThreadsPerTrainer, [], [], request.Exclusive);
        lease = Spread(lease, request.Trainers, group);
        queue.RemoveAt(0);
        leases.Add(lease);
        return lease;
    }

    /// <summary>What a waiting run waits for, for people.</summary>
    public string ReasonOf(string runId, IReadOnlyList<NodeStatus> nodes)
    {
        int place = queue.FindIndex(r => IsOf(r.RunId, runId));
        if (place < 0) return "";
        if (place > 0) return Text($"waits for its turn: place {place + 1} in the queue");
        SlotRequest request = queue[0];
        IEnumerable<string> missing = Missing(request, nodes);
        nodes = Asked(request, nodes);
        int usable = BestGroup(request, nodes) is { } group ? UsableIn(group, request) : 0;
        string of = request.Exclusive
            ? Text($"waits for {request.Trainers} silos of its own: {usable} are free now, of {nodes.Count}")
            : Text($"waits for {request.Trainers} free trainer slots: {usable} are usable now, of ")
                + Text($"{nodes.Sum(n => n.Slots)} on {nodes.Count} silos");
        IEnumerable<string> reasons = [.. nodes.Select(n => WhyNot(n, request)), .. missing];
        string why = string.Join("; ", reasons.Where(w => w.Length > 0).Distinct(StringComparer.Ordinal));
        return why.Length == 0 ? of : $"{of} ({why})";
    }

    // Trainers of one run share a kernel route; whoever has silos of its own may want to compare just those.
    private List<NodeStatus>? BestGroup(SlotRequest request, IReadOnlyList<NodeStatus> nodes) => Asked(request, nodes)
        .Where(n => WhyNot(n, request).Length == 0)
        .GroupBy(n => request.Exclusive ? ("", "") : (n.KernelRoute, n.Device.Split(':')[0]))
        .OrderByDescending(g => g.Sum(FreeOf)).ThenBy(g => g.Key.Item1, StringComparer.Ordinal)
        .FirstOrDefault()?.ToList();

    private int UsableIn(List<NodeStatus> group, SlotRequest request) => request.Exclusive ? group.Count : group.Sum(FreeOf);

    private SlotLease Spread(SlotLease lease, int trainers, List<NodeStatus> group)
    {
        var free = group.ToDictionary(n => n.Address, n => lease.Exclusive ? 1 : FreeOf(n), StringComparer.Ordinal);
        List<string> silos = [], names = [];
        for (int worker = 0; worker < trainers; worker++)
        {
            NodeStatus node = group.OrderByDescending(n => free[n.Address]).ThenBy(n => n.Name, StringComparer.Ordinal).First();
            free[node.Address]--;
            silos.Add(node.Address);
            names.Add(node.Name);
        }
        return lease with { Silos = silos, Names = names };
    }

    private string WhyNot(NodeStatus node, SlotRequest request)
    {
        if (node.IsDraining) return $"{node.Name} drains";
        if (node.Threads < request.ThreadsPerTrainer)
            return Text($"{node.Name} has {node.Threads} threads, not {request.ThreadsPerTrainer}");
        if (request.RequireEqualBits && !node.EqualBits) return $"{node.Name} did not pass the self-test of equal bits";
        List<SlotLease> there = leases.FindAll(l => l.Silos.Contains(node.Address));
        if (request.Exclusive && there.Count > 0) return $"{node.Name} runs {string.Join(", ", there.Select(l => l.RunId))}";
        if (request.Exclusive && node.PiecesOfWork > 0) return $"{node.Name} still merges, checks or answers";
        if (there.Find(l => l.Exclusive) is { } alone) return $"{node.Name} is held by {alone.RunId} alone";
        SlotLease? other = there.Find(l => l.ThreadsPerTrainer != request.ThreadsPerTrainer);
        return other is null ? "" : Text($"{node.Name} runs {other.RunId} with {other.ThreadsPerTrainer} threads a trainer");
    }

    private static List<NodeStatus> Asked(SlotRequest request, IReadOnlyList<NodeStatus> nodes) =>
        [.. request.Silos is { Count: > 0 } names ? nodes.Where(n => names.Contains(n.Name)) : nodes];

    private static IEnumerable<string> Missing(SlotRequest request, IReadOnlyList<NodeStatus> nodes) =>
        (request.Silos ?? []).Where(name => !nodes.Any(n => IsOf(n.Name, name))).Select(name => $"{name} is not there");

    private int FreeOf(NodeStatus node) => node.Slots - leases.Sum(l => l.SlotsOn(node));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static bool IsOf(string left, string right) => string.Equals(left, right, StringComparison.Ordinal);
}

using LoraCluster.Grains.Nodes;

namespace LoraCluster.Dashboard.Feeds;

/// <summary>Remembers silos that were there: one that is missing is shown as gone for a while, and one that came back as back.</summary>
internal sealed class SiloRoll(TimeProvider time)
{
    /// <summary>How long a silo that went, or came back, is shown as such.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromMinutes(10);

    private const int MostGone = 32;
    private Dictionary<string, SiloLine> lines = new(StringComparer.Ordinal);

    /// <summary>Takes the active silos, and says how they and the missing ones stand, by name.</summary>
    public IReadOnlyList<SiloLine> Take(IReadOnlyList<NodeStatus> active)
    {
        DateTimeOffset now = time.GetUtcNow();
        var next = new Dictionary<string, SiloLine>(StringComparer.Ordinal);
        foreach (NodeStatus node in active) next[KeyOf(node)] = new SiloLine(node, null, BackSince(node, now));
        var gone = lines.Values
            // A silo that started again has another address, and the same name.
            .Where(l => !next.ContainsKey(KeyOf(l.Node)) && !active.Any(n => n.Name == l.Node.Name))
            .Select(l => l with { GoneSince = l.GoneSince ?? now, BackSince = null })
            .Where(l => now - l.GoneSince < Memory)
            .OrderByDescending(l => l.GoneSince).DistinctBy(l => l.Node.Name).Take(MostGone).ToList();
        foreach (SiloLine line in gone) next[KeyOf(line.Node)] = line;
        lines = next;
        return [.. next.Values.OrderBy(l => l.Node.Name, StringComparer.Ordinal).ThenBy(l => l.Node.Address, StringComparer.Ordinal)];
    }

    private DateTimeOffset? BackSince(NodeStatus node, DateTimeOffset now)
    {
        if (lines.TryGetValue(KeyOf(node), out SiloLine? same) && same.IsActive)
            return now - same.BackSince < Memory ? same.BackSince : null;
        // The same process that could not be reached for a moment, or a new one of the same name.
        return lines.Values.Any(l => l.Node.Name == node.Name) ? now : null;
    }

    private static string KeyOf(NodeStatus node) => node.Address;
}

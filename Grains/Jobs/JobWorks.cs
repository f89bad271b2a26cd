using System.Globalization;
using LoraCluster.Grains.Nodes;

namespace LoraCluster.Grains.Jobs;

/// <summary>The kinds of jobs that this silo can do, and what holds for specs of every kind.</summary>
public sealed class JobWorks(IEnumerable<IJobWork> works)
{
    private const int MaxNameLength = 100;
    private readonly IJobWork[] _works = [.. works];

    /// <summary>The work of a spec.</summary>
    public IJobWork Of(JobSpec spec) => Array.Find(_works, w => w.Takes(spec))
        ?? throw new ClusterRequestException($"this cluster does no {spec.GetType().Name}");

    /// <summary>Everything that is wrong with a spec on the silos that there are; empty if nothing is.</summary>
    public IReadOnlyList<string> Faults(JobSpec spec, IReadOnlyList<NodeStatus> nodes)
    {
        List<string> faults = [];
        if (spec.Name.Length > MaxNameLength) faults.Add(Text($"name is of {spec.Name.Length} characters; allowed are {MaxNameLength}"));
        string names = string.Join(", ", nodes.Select(n => n.Name));
        foreach (string silo in spec.Silos)
            if (!nodes.Any(n => string.Equals(n.Name, silo, StringComparison.Ordinal)))
                faults.Add($"silo is '{silo}'; allowed are the silos there are: {names}");
        int most = nodes.Count > 0 ? nodes.Max(n => n.Threads) : int.MaxValue;
        if (spec.Threads < 1) faults.Add(Text($"threads is {spec.Threads}; allowed is 1 or more"));
        else if (spec.Threads > most) faults.Add(Text($"threads is {spec.Threads}; no silo has more than {most}"));
        faults.AddRange(Of(spec).Faults(spec));
        return faults;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

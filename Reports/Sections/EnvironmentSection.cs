using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Nodes;
using LoraCluster.Reports.Words;

namespace LoraCluster.Reports.Sections;

/// <summary>Where it ran, and the hashes by which models, data and results are known.</summary>
internal static class EnvironmentSection
{
    public static ReportSection Of(Report report)
    {
        var blocks = new List<ReportBlock>();
        string[] used = [.. report.Runs.SelectMany(run => run.Status.Silos).Concat(report.Jobs.SelectMany(job => job.Silos)).Distinct()];
        NodeStatus[] silos = [.. report.Silos.Where(silo => used.Length == 0 || used.Contains(silo.Name))];
        if (silos.Length > 0)
            blocks.Add(new TableBlock("Silos, as they are now", ["", "host", "hardware", "device", "threads", "kernels", "version"],
            [
                .. silos.Select(silo => new TableRow(silo.Name,
                    [silo.Host, silo.Hardware, silo.Device, Figures.Count(silo.Threads), silo.KernelRoute, silo.Version])),
            ]));
        if (used.Except(silos.Select(silo => silo.Name)).ToArray() is { Length: > 0 } gone)
            blocks.Add(new TextBlock($"No longer active: {string.Join(", ", gone)}."));
        foreach (JobStatus job in report.Jobs)
            if (job.Result is { Environment.Count: > 0 } result)
                blocks.Add(new TableBlock($"{JobLabel.Of(job)}, as it was measured", ["", "value"],
                    [.. result.Environment.Select(fact => new TableRow(fact.Name, [fact.Value]))]));
        (string Name, string Hash)[] hashes = [.. Hashes(report).Where(hash => hash.Hash.Length > 0).Distinct()];
        if (hashes.Length > 0)
            blocks.Add(new TableBlock("SHA-256", ["", "hash"], [.. hashes.Select(hash => new TableRow(hash.Name, [hash.Hash]))]));
        return new ReportSection("Environment and hashes", blocks);
    }

    private static IEnumerable<(string Name, string Hash)> Hashes(Report report)
    {
        foreach (ReportedRun run in report.Runs)
        {
            yield return ($"model {run.Status.Spec.ModelPath}", run.Status.Spec.ModelHash);
            yield return ($"data set {run.Status.Spec.DatasetPath}", run.Status.Spec.DatasetHash);
            yield return ($"weights of {run.Label}", run.Status.Result?.WeightsSha256 ?? "");
        }
        foreach (JobStatus job in report.Evaluations)
        {
            if (job.Result is not EvaluationResult result) continue;
            yield return ($"model of {JobLabel.Of(job)}", result.ModelHash);
            yield return ($"adapter of {JobLabel.Of(job)}", result.AdapterSha256);
            yield return ($"data set of {JobLabel.Of(job)}", result.DatasetHash);
        }
    }
}

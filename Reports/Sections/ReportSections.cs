using LoraCluster.Grains.Jobs;

namespace LoraCluster.Reports.Sections;

/// <summary>What a report shows, in its order.</summary>
internal static class ReportSections
{
    public static IReadOnlyList<ReportSection> Of(Report report)
    {
        var sections = new List<ReportSection>();
        if (report.Runs.Count > 0)
        {
            sections.Add(RunComparison.Of(report.Runs));
            sections.Add(RunCurves.Of(report.Runs));
        }
        if (report.Evaluations.Any()) sections.Add(EvaluationSection.Of([.. report.Evaluations]));
        foreach (JobStatus benchmark in report.Benchmarks) sections.Add(BenchmarkSection.Of(benchmark));
        if (report.Runs.Count > 0) sections.Add(SettingsSection.Of(report.Runs));
        sections.Add(EnvironmentSection.Of(report));
        return sections;
    }
}

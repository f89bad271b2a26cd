using LoraCluster.Dashboard.Cluster;
using LoraCluster.Grains.Jobs;
using LoraCluster.Reports;
using LoraCluster.Reports.Sections;
using Microsoft.Extensions.Primitives;

namespace LoraCluster.Dashboard.Downloads;

/// <summary>The report of one or several runs and jobs, as <c>client report</c> writes it, over HTTP.</summary>
internal static class ReportEndpoint
{
    /// <summary>The most that a report holds side by side.</summary>
    public const int MostIds = 16;

    private const string Path = "/report";

    /// <summary>Address of the report on these, in this order.</summary>
    public static string Of(params IEnumerable<string> ids) => $"{Path}?{string.Join('&', ids.Select(id => $"run={id}"))}";

    public static void MapReport(this WebApplication app) => app.MapGet(Path, SendAsync);

    private static async Task<IResult> SendAsync(HttpContext context, ICluster cluster, TimeProvider time)
    {
        StringValues ids = context.Request.Query["run"];
        if (FaultOf([.. ids.Select(id => id ?? "")]) is { } fault) return Results.Text(fault, statusCode: StatusCodes.Status400BadRequest);
        try
        {
            var source = new ReportSource(new ReportedCluster(cluster), time);
            (Report? report, IReadOnlyList<string> unknown) = await source.ReadAsync([.. ids.OfType<string>()], context.RequestAborted);
            if (report is null)
                return Results.Text($"there is no {string.Join(", ", unknown)}", statusCode: StatusCodes.Status404NotFound);
            context.Response.Headers.CacheControl = "no-store";
            return Results.Content(HtmlReport.Of(report, ReportSections.Of(report)), "text/html; charset=utf-8");
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested)
        {
            return Results.Text(ClusterFault.Describe(e), statusCode: StatusCodes.Status502BadGateway);
        }
    }

    private static string? FaultOf(IReadOnlyList<string> ids)
    {
        if (ids.Count is 0 or > MostIds)
            return $"run is given {ids.Count} times; allowed is 1 to {MostIds} times, as {Of("run-abcdefgh2345")}";
        if (ids.FirstOrDefault(id => JobIds.KindOf(id) is null) is { } wrong)
            return $"run is '{wrong}'; allowed is an id as run-abcdefgh2345, eval-… or bench-…";
        return ids.Distinct(StringComparer.Ordinal).Count() < ids.Count ? "a run is named twice" : null;
    }
}

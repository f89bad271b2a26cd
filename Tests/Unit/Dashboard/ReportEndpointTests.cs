using System.Net;
using LoraCluster.Dashboard.Downloads;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Runs;
using LoraCluster.Tests.Browser;

namespace LoraCluster.Tests.Unit.Dashboard;

/// <summary>The report of the pages over HTTP.</summary>
public sealed class ReportEndpointTests
{
    [Fact]
    public async Task A_run_and_a_benchmark_side_by_side_are_one_file_that_asks_for_nothing_else()
    {
        var cluster = new PagesCluster();
        RunStatus run = PagesCluster.Run(1, RunState.Completed, steps: 20_000, step: 12_000, "first <try>");
        JobStatus job = Jobs.Of(new BenchmarkSpec { Benchmark = "inference" }, Jobs.Benchmark, PagesCluster.IdOf(2, "bench-"));
        cluster.Put(run);
        cluster.Put(job);
        await using var pages = await DashboardUnderTest.StartAsync(cluster);
        using var http = new HttpClient();

        using HttpResponseMessage answer = await http.GetAsync(pages.Url + ReportEndpoint.Of(run.RunId, job.JobId));

        Assert.Equal((HttpStatusCode.OK, "text/html"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        string html = await answer.Content.ReadAsStringAsync();
        Assert.Contains("first &lt;try&gt;", html, StringComparison.Ordinal);
        Assert.Contains(job.JobId, html, StringComparison.Ordinal);
        Assert.Contains(cluster.Description, html, StringComparison.Ordinal);
        Assert.Contains("<svg", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        // All 12,000 steps, which the cluster hands over in two parts, make the 300 points.
        Assert.Contains("Each point is the mean of 40 steps.", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", HttpStatusCode.BadRequest, "allowed is 1 to 16 times")]
    [InlineData("?run=../x", HttpStatusCode.BadRequest, "run is '../x'")]
    [InlineData("?run=run-abcdefgh2345&run=run-abcdefgh2345", HttpStatusCode.BadRequest, "named twice")]
    [InlineData("?run=run-abcdefgh2345&run=eval-abcdefgh2345", HttpStatusCode.NotFound, "run-abcdefgh2345, eval-abcdefgh2345")]
    public async Task What_is_no_run_is_told_and_why(string query, HttpStatusCode status, string told)
    {
        await using var pages = await DashboardUnderTest.StartAsync(new PagesCluster());
        using var http = new HttpClient();

        using HttpResponseMessage answer = await http.GetAsync(pages.Url + "/report" + query);

        Assert.Equal(status, answer.StatusCode);
        Assert.Contains(told, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cluster_that_does_not_answer_is_told()
    {
        await using var pages = await DashboardUnderTest.StartAsync(new PagesCluster { Fault = new TimeoutException() });
        using var http = new HttpClient();

        using HttpResponseMessage answer = await http.GetAsync(pages.Url + ReportEndpoint.Of("run-abcdefgh2345"));

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Contains("does not answer", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}

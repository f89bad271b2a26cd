using System.IO.Compression;
using LoraCluster.Dashboard.Cluster;
using LoraCluster.Grains.Artifacts;
using Microsoft.AspNetCore.Http.Features;

namespace LoraCluster.Dashboard.Downloads;

/// <summary>A finished run's files over HTTP, one by one or as a zip. A download that fails on the way is cut off, not completed.</summary>
internal static class DownloadEndpoints
{
    /// <summary>Address of all files of a run in a zip.</summary>
    public static string ZipOf(string runId) => $"/runs/{runId}/files.zip";

    /// <summary>Address of one file.</summary>
    public static string FileOf(string runId, string name) => $"/runs/{runId}/files/{name}";

    public static void MapDownloads(this WebApplication app)
    {
        app.MapGet("/runs/{runId}/files.zip", SendZipAsync);
        app.MapGet("/runs/{runId}/files/{name}", SendFileAsync);
    }

    private static Task SendFileAsync(HttpContext context, ArtifactFiles files, string runId, string name) =>
        SendAsync(context, files, runId, async (artifactId, manifest) =>
        {
            if (manifest.Files.FirstOrDefault(f => f.Name == name) is not { } file)
            {
                await NotFoundAsync(context, $"{runId} has no file {name}");
                return;
            }
            Describe(context.Response, "application/octet-stream", $"{file.Name}");
            context.Response.ContentLength = file.Length;
            await foreach (byte[] bytes in files.ReadAsync(artifactId, file, context.RequestAborted))
                await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
        });

    private static Task SendZipAsync(HttpContext context, ArtifactFiles files, string runId) =>
        SendAsync(context, files, runId, async (artifactId, manifest) =>
        {
            Describe(context.Response, "application/zip", $"{runId}.zip");
            // The archive writes the few bytes behind each entry in no other way.
            context.Features.GetRequiredFeature<IHttpBodyControlFeature>().AllowSynchronousIO = true;
            ZipArchive zip = await ZipArchive.CreateAsync(
                context.Response.Body, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null, context.RequestAborted);
            foreach (ArtifactFile file in manifest.Files)
            {
                // Weights hardly compress.
                await using Stream entry = await zip.CreateEntry(file.Name, CompressionLevel.NoCompression)
                    .OpenAsync(context.RequestAborted);
                await foreach (byte[] bytes in files.ReadAsync(artifactId, file, context.RequestAborted))
                    await entry.WriteAsync(bytes, context.RequestAborted);
            }
            // Only here, so that an archive with a damaged file never gets its directory.
            await zip.DisposeAsync();
        });

    private static async Task SendAsync(
        HttpContext context, ArtifactFiles files, string runId, Func<string, ArtifactManifest, Task> send)
    {
        try
        {
            if (await files.FindAsync(runId) is not var (artifactId, manifest))
            {
                await NotFoundAsync(context, $"{runId} has no files: it is not completed, or there is no such run");
                return;
            }
            await send(artifactId, manifest);
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested)
        {
            if (context.Response.HasStarted)
            {
                context.Abort();
                return;
            }
            context.Response.Clear();
            context.Response.StatusCode = StatusCodes.Status502BadGateway;
            await context.Response.WriteAsync(ClusterFault.Describe(e));
        }
    }

    private static void Describe(HttpResponse response, string type, string name)
    {
        response.ContentType = type;
        response.Headers.ContentDisposition = $"attachment; filename=\"{name}\"";
        response.Headers.CacheControl = "no-store";
    }

    private static Task NotFoundAsync(HttpContext context, string text)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return context.Response.WriteAsync(text);
    }
}

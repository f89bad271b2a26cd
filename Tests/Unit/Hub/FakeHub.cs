using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LoraCluster.Hub;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace LoraCluster.Tests.Unit.Hub;

/// <summary>A request as the hub or its content network saw it.</summary>
internal sealed record SeenRequest(string Method, string Path, bool OnCdn, string? Authorization, string? Range, string? Agent);

/// <summary>A file of a repository.</summary>
internal sealed record StoredFile(byte[] Content, bool Large)
{
    public string ETag { get; init; } = Large ? Convert.ToHexStringLower(SHA256.HashData(Content))
        : Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes(Invariant($"blob {Content.Length}\0")), .. Content]));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>
/// The hub's routes on this machine, with a content network on another port to which large files are redirected. A test may step in before
/// any answer.
/// </summary>
internal sealed class FakeHub : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, FakeRepository> _repositories = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<SeenRequest> _seen = new();
    private string _endpoint = "", _cdn = "";

    private FakeHub(WebApplication app) => _app = app;

    public string Endpoint => _endpoint;

    public IReadOnlyCollection<SeenRequest> Seen => _seen;

    /// <summary>Called first; true if it has given the answer.</summary>
    public Func<HttpContext, SeenRequest, Task<bool>> Before { get; set; } = (_, _) => Task.FromResult(false);

    public static async Task<FakeHub> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        var hub = new FakeHub(builder.Build());
        hub._app.Run(hub.AnswerAsync);
        await hub._app.StartAsync();
        (hub._endpoint, hub._cdn) = hub._app.Urls.ToArray() is [var first, var second] ? (first, second)
            : throw new InvalidOperationException("two addresses were asked for");
        return hub;
    }

    /// <summary>Makes or finds a repository; <c>datasets/owner/name</c> is a data set.</summary>
    public FakeRepository Repository(string id) => _repositories.GetOrAdd(id, _ => new FakeRepository());

    /// <summary>Renames a repository: the old name redirects.</summary>
    public void Rename(string old, string now) => Repository(old).Moved = now;

    public HubOptions Options(string cache) => new() { Endpoint = new Uri(Endpoint + "/"), CacheFolder = cache };

    public int Count(string method, string pathPart) =>
        _seen.Count(r => r.Method == method && r.Path.Contains(pathPart, StringComparison.Ordinal));

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        bool onCdn = context.Connection.LocalPort == new Uri(_cdn).Port;
        var raw = context.Features.Get<IHttpRequestFeature>()!.RawTarget.Split('?')[0];
        IHeaderDictionary headers = request.Headers;
        var seen = new SeenRequest(request.Method, raw, onCdn, headers.Authorization, headers.Range, headers.UserAgent);
        _seen.Enqueue(seen);
        if (await Before(context, seen)) return;
        string[] parts = [.. raw.Trim('/').Split('/').Select(Uri.UnescapeDataString)];
        int cut = Array.FindIndex(parts, part => part is "revision" or "resolve" or "tree" or "blob");
        if (cut < 0 || cut + 1 >= parts.Length) await RefuseAsync(context, 404, null, "Not Found");
        else if (parts[0] == "api") await ApiAsync(context, parts[1..cut], parts[cut], parts[cut + 1]);
        else await ResolveAsync(context, parts[..cut], parts[cut + 1], string.Join('/', parts[(cut + 2)..]), onCdn);
    }

    private async Task ApiAsync(HttpContext context, string[] name, string verb, string revision)
    {
        string id = name[0] == "datasets" ? string.Join('/', name) : string.Join('/', name[1..]);
        if (!_repositories.TryGetValue(id, out FakeRepository? repository))
        {
            await RefuseAsync(context, 401, "RepoNotFound", "Invalid username or password.");
            return;
        }
        if (repository.Moved is { } now)
        {
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = $"/api/{name[0]}/{now.Replace("datasets/", "", StringComparison.Ordinal)}/{verb}/"
                + Uri.EscapeDataString(revision);
            return;
        }
        if (repository.CommitOf(revision) is not { } commit)
        {
            await RefuseAsync(context, 404, "RevisionNotFound", "Invalid rev id: " + revision);
            return;
        }
        context.Response.ContentType = "application/json";
        object answer = verb == "tree"
            ? repository.Files.Select(f => new { type = "file", oid = f.Value.ETag, size = f.Value.Content.Length, path = f.Key,
                lfs = f.Value.Large ? new { oid = f.Value.ETag, size = f.Value.Content.Length, pointerSize = 130 } : null })
            : new { id, sha = commit, siblings = repository.Files.Keys.Select(file => new { rfilename = file }) };
        await context.Response.WriteAsync(JsonSerializer.Serialize(answer));
    }

    private async Task ResolveAsync(HttpContext context, string[] name, string revision, string path, bool onCdn)
    {
        string id = string.Join('/', name);
        FakeRepository? repository = _repositories.GetValueOrDefault(id);
        if (repository?.Moved is { } now)
        {
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = $"/{now}/resolve/{revision}/{path}";
            return;
        }
        if (repository?.CommitOf(revision) is not { } commit)
        {
            await RefuseAsync(context, 404, repository is null ? "RepoNotFound" : "RevisionNotFound", "not there");
            return;
        }
        context.Response.Headers["X-Repo-Commit"] = commit;
        if (!repository.Files.TryGetValue(path, out StoredFile? file)) await RefuseAsync(context, 404, "EntryNotFound", "Entry not found");
        else if (file.Large && !onCdn)
        {
            context.Response.StatusCode = 302;
            context.Response.Headers["X-Linked-Etag"] = $"\"{file.ETag}\"";
            context.Response.Headers["X-Linked-Size"] = file.Content.Length.ToString(CultureInfo.InvariantCulture);
            context.Response.Headers.Location = $"{_cdn}/{id}/resolve/{revision}/{path}";
        }
        else await SendAsync(context, file);
    }

    /// <summary>Sends a file from the byte that is asked for.</summary>
    public static async Task SendAsync(HttpContext context, StoredFile file, int? most = null)
    {
        int from = context.Request.GetTypedHeaders().Range?.Ranges.Single().From is { } first ? (int)first : 0;
        context.Response.Headers.ETag = file.Large ? $"\"{file.ETag}\"" : $"W/\"{file.ETag}\"";
        if (from > 0 && from >= file.Content.Length)
        {
            context.Response.StatusCode = 416;
            return;
        }
        if (from > 0)
        {
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = $"bytes {from}-{file.Content.Length - 1}/{file.Content.Length}";
        }
        context.Response.ContentLength = file.Content.Length - from;
        if (HttpMethods.IsHead(context.Request.Method)) return;
        await context.Response.Body.WriteAsync(file.Content.AsMemory(from, Math.Min(most ?? int.MaxValue, file.Content.Length - from)));
        await context.Response.Body.FlushAsync();
    }

    public static async Task RefuseAsync(HttpContext context, int status, string? code, string message)
    {
        context.Response.StatusCode = status;
        if (code is not null) context.Response.Headers["X-Error-Code"] = code;
        context.Response.Headers["X-Error-Message"] = message;
        context.Response.ContentType = "application/json";
        if (HttpMethods.IsHead(context.Request.Method)) return;
        await context.Response.WriteAsync(JsonSerializer.Serialize(new { error = message }));
    }
}

/// <summary>A repository with one commit, on the branch main.</summary>
internal sealed class FakeRepository
{
    public SortedDictionary<string, StoredFile> Files { get; } = new(StringComparer.Ordinal);

    public string Commit { get; set; } = "0123456789abcdef0123456789abcdef01234567";

    public HashSet<string> Revisions { get; } = ["main"];

    public string? Moved { get; set; }

    public string? CommitOf(string revision) => revision == Commit || Revisions.Contains(revision) ? Commit : null;

    public FakeRepository Add(string path, string content) => Add(path, Encoding.UTF8.GetBytes(content), large: false);

    public FakeRepository Add(string path, byte[] content, bool large = true)
    {
        Files[path] = new StoredFile(content, large);
        return this;
    }
}

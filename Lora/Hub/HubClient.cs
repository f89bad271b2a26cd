using System.Text.Json;

namespace LoraCluster.Hub;

/// <summary>The hub's three questions: what files a revision has, what a file is, and a file's bytes. Every call is one try.</summary>
internal sealed class HubClient(HubOptions options, TimeProvider time) : IDisposable
{
    private const int LongestListing = 64 << 20;
    private readonly HubConnection _connection = new(options);

    /// <summary>Looks a revision up: its commit and its files.</summary>
    public async Task<HubListing> ListAsync(HubReference reference, CancellationToken cancellationToken)
    {
        string kind = reference.Kind == HubKind.Model ? "models" : "datasets";
        var address = new Uri(options.Endpoint,
            $"api/{kind}/{reference.Repository}/revision/{Uri.EscapeDataString(reference.Revision)}");
        using var watch = new IdleWatch(time, options.Patience, cancellationToken);
        using HttpResponseMessage response = await _connection.SendAsync(HttpMethod.Get, address, 0, _ => false, watch);
        HubAnswer.ThrowIfRefused(response, reference, null, options, time.GetUtcNow());
        byte[] body = await HubConnection.TranslateAsync(address, watch, () => ReadAsync(response, watch));
        return ParseListing(body, address, response.Content.Headers.ContentType?.MediaType);
    }

    /// <summary>Asks what a file is, without its bytes.</summary>
    public async Task<HubFile> DescribeAsync(HubReference pinned, string file, CancellationToken cancellationToken)
    {
        Uri address = AddressOf(pinned, file);
        using var watch = new IdleWatch(time, options.Patience, cancellationToken);
        // A large file is elsewhere; the hub's own answer on the way there has what is wanted.
        using HttpResponseMessage response = await _connection.SendAsync(HttpMethod.Head, address, 0, answer =>
            HubAnswer.Header(answer, "X-Linked-Etag") is not null
            || (answer.Headers.Location is { IsAbsoluteUri: true } next && !HubConnection.IsSameOrigin(next, options.Endpoint)), watch);
        HubAnswer.ThrowIfRefused(response, pinned, file, options, time.GetUtcNow());
        string? etag = HubAnswer.Header(response, "X-Linked-Etag") ?? response.Headers.ETag?.ToString();
        long? size = long.TryParse(HubAnswer.Header(response, "X-Linked-Size"), out long linked) && linked >= 0 ? linked
            : (int)response.StatusCode < 300 ? response.Content.Headers.ContentLength : null;
        return new HubFile(file, ETagOf(etag, address), size);
    }

    /// <summary>Opens a file's bytes.</summary>
    /// <param name="pinned">The repository at a commit.</param>
    /// <param name="file">The file.</param>
    /// <param name="from">First byte that is wanted; the answer may begin with byte 0 all the same.</param>
    /// <param name="watch">Ends it when the hub keeps silent.</param>
    public async Task<HubBody> OpenAsync(HubReference pinned, HubFile file, long from, IdleWatch watch)
    {
        Uri address = AddressOf(pinned, file.Path);
        HttpResponseMessage response = await _connection.SendAsync(HttpMethod.Get, address, from, _ => false, watch);
        try
        {
            // Nothing at that place: the part on disk is not of this file, so it is asked for from its beginning.
            if (response.StatusCode == System.Net.HttpStatusCode.RequestedRangeNotSatisfiable && from > 0)
            {
                response.Dispose();
                response = await _connection.SendAsync(HttpMethod.Get, address, 0, _ => false, watch);
            }
            HubAnswer.ThrowIfRefused(response, pinned, file.Path, options, time.GetUtcNow());
            long offset = response.StatusCode == System.Net.HttpStatusCode.PartialContent
                ? response.Content.Headers.ContentRange?.From ?? 0 : 0;
            if (offset != from && offset != 0) throw new HubException(HubFault.Unreachable,
                $"{address.Host} sends '{file.Path}' from another place than was asked for");
            return new HubBody(response, await response.Content.ReadAsStreamAsync(watch.Token), offset);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    public void Dispose() => _connection.Dispose();

    private Uri AddressOf(HubReference pinned, string file) => new(options.Endpoint,
        $"{(pinned.Kind == HubKind.Dataset ? "datasets/" : "")}{pinned.Repository}/resolve/{Uri.EscapeDataString(pinned.Revision)}/"
        + string.Join('/', file.Split('/').Select(Uri.EscapeDataString)));

    private static async Task<byte[]> ReadAsync(HttpResponseMessage response, IdleWatch watch)
    {
        using Stream body = await response.Content.ReadAsStreamAsync(watch.Token);
        using var whole = new MemoryStream();
        byte[] buffer = new byte[1 << 16];
        for (int read; (read = await body.ReadAsync(buffer, watch.Token)) > 0; watch.Reset())
        {
            if (whole.Length + read > LongestListing) throw new HubException(HubFault.BadAnswer, "the hub's list of files has no end");
            whole.Write(buffer, 0, read);
        }
        return whole.ToArray();
    }

    private static HubListing ParseListing(byte[] body, Uri address, string? type)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            string commit = document.RootElement.GetProperty("sha").GetString() ?? "";
            string[] files = [.. document.RootElement.GetProperty("siblings").EnumerateArray()
                .Select(file => HubPath.Checked(file.GetProperty("rfilename").GetString() ?? "", $"the answer of {address.Host}"))];
            if (HubReference.IsCommit(commit)) return new HubListing(commit, files);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw NotTheHub(address, $"with {type ?? "something"} that is no list of files", e);
        }
        throw NotTheHub(address, "without a commit");
    }

    private static string ETagOf(string? header, Uri address)
    {
        string etag = (header ?? "").Trim();
        if (etag.StartsWith("W/", StringComparison.Ordinal)) etag = etag[2..];
        etag = etag.Trim('"');
        bool isName = etag.Length is > 0 and <= 200 && etag.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            && char.IsAsciiLetterOrDigit(etag[0]);
        return isName ? etag : throw NotTheHub(address, "without an ETag that names the file's content");
    }

    private static HubException NotTheHub(Uri address, string how, Exception? inner = null) => new(HubFault.BadAnswer,
        $"{address.Host} answers {how}; is it a hub (HF_ENDPOINT), or is there a proxy or a login page on the way?", inner);
}

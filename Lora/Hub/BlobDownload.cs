using System.Globalization;

namespace LoraCluster.Hub;

/// <summary>
/// Brings one blob into the cache: <c>blobs/ETAG.incomplete</c> grows, also over several tries and several starts of the program, and is
/// renamed to <c>blobs/ETAG</c> only when it is whole and verified.
/// </summary>
internal sealed class BlobDownload(HubClient client, HubCache cache, HubOptions options, HubRetry retry, HubMeter meter, TimeProvider time)
{
    /// <summary>A try that brings this much is no failure: the tries are counted anew.</summary>
    private const long WorthATry = 1 << 20;

    /// <returns>True if this call brought it; false if it was there.</returns>
    /// <exception cref="HubException">It cannot be had; what came is kept for the next time unless it is wrong.</exception>
    public async Task<bool> FetchAsync(HubReference pinned, HubFile file, CancellationToken cancellationToken)
    {
        string blob = cache.BlobOf(file.ETag), partial = blob + ".incomplete";
        if (File.Exists(blob)) return Skip(file);
        Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
        using IDisposable held = await HubLock.TakeAsync(cache.LockOf(file.ETag), () => SizeOf(partial), time, meter.Note,
            cancellationToken);
        if (File.Exists(blob)) return Skip(file);
        meter.Add(SizeOf(partial));
        for (int round = 1; ; round++)
        {
            await FillAsync(pinned, file, partial, cancellationToken);
            if (await BlobCheck.FaultAsync(partial, file, cancellationToken) is not { } fault) break;
            meter.Add(-SizeOf(partial));
            File.Delete(partial);
            string message = $"'{file.Path}' of {pinned.Repository} {fault}";
            if (round == 2) throw new HubException(HubFault.Damaged, $"{message}, twice; it is not used");
            meter.Note($"{message}; once more from its beginning");
        }
        File.Move(partial, blob, overwrite: true);
        return true;
    }

    private bool Skip(HubFile file)
    {
        meter.Add(file.Size ?? 0);
        return false;
    }

    private async Task FillAsync(HubReference pinned, HubFile file, string partial, CancellationToken cancellationToken)
    {
        for (int failures = 0; ;)
        {
            long before = SizeOf(partial);
            if (before > 0 && before >= file.Size) return;
            HubException fault;
            try
            {
                await AppendAsync(pinned, file, partial, cancellationToken);
                if (file.Size is not { } size || SizeOf(partial) >= size) return;
                fault = new HubException(HubFault.Unreachable, string.Create(CultureInfo.InvariantCulture,
                    $"'{file.Path}' ended after {SizeOf(partial)} of {size} bytes"));
            }
            catch (HubException e) { fault = e; }
            failures = SizeOf(partial) - before >= WorthATry ? 1 : failures + 1;
            await retry.WaitAsync(fault, failures, options.Attempts, cancellationToken);
        }
    }

    /// <summary>One connection: appends what it brings.</summary>
    private async Task AppendAsync(HubReference pinned, HubFile file, string partial, CancellationToken cancellationToken)
    {
        await using Stream target = options.OpenPartial(partial);
        using var watch = new IdleWatch(time, options.Patience, cancellationToken);
        using HubBody body = await client.OpenAsync(pinned, file, target.Length, watch);
        if (body.Offset < target.Length)
        {
            meter.Add(body.Offset - target.Length);
            target.SetLength(body.Offset);
        }
        target.Position = body.Offset;
        byte[] buffer = new byte[1 << 16];
        while (true)
        {
            int read = await HubConnection.TranslateAsync(body.Response.RequestMessage!.RequestUri!, watch,
                () => body.Body.ReadAsync(buffer, watch.Token).AsTask());
            if (read == 0) break;
            watch.Reset();
            await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            meter.Add(read);
            // More than announced: it is refused when it is checked.
            if (target.Position > file.Size) break;
        }
        await target.FlushAsync(cancellationToken);
        if (target is FileStream disk) disk.Flush(flushToDisk: true);
    }

    private static long SizeOf(string path) => new FileInfo(path) is { Exists: true, Length: var length } ? length : 0;
}

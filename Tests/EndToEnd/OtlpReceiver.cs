using System.Net;
using System.Net.Sockets;
using Google.Protobuf;

namespace LoraCluster.Tests.EndToEnd;

/// <summary>
/// A collector on loopback that takes OTLP over http/protobuf and keeps what came, read by field numbers (opentelemetry-proto 1).
/// </summary>
internal sealed class OtlpReceiver : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly List<(Func<bool> Wanted, TaskCompletionSource Seen)> _waiting = [];
    private readonly List<OtlpMetric> _metrics = [];
    private readonly List<OtlpSpan> _spans = [];
    private readonly List<OtlpLog> _logs = [];
    private readonly Task _serving;

    private OtlpReceiver(int port)
    {
        Endpoint = FormattableString.Invariant($"http://127.0.0.1:{port}");
        _listener.Prefixes.Add(Endpoint + "/");
        _listener.Start();
        _serving = Task.Run(ServeAsync);
    }

    public string Endpoint { get; }

    /// <summary>Value of the header X-Key of all that came.</summary>
    public HashSet<string?> Keys { get; } = [];

    public IReadOnlyList<OtlpMetric> Metrics => Copy(_metrics);

    public IReadOnlyList<OtlpSpan> Spans => Copy(_spans);

    public IReadOnlyList<OtlpLog> Logs => Copy(_logs);

    public static OtlpReceiver Start()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        int port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        socket.Dispose();
        return new OtlpReceiver(port);
    }

    /// <summary>Waits until what came fulfils the condition.</summary>
    public async Task UntilAsync(Func<OtlpReceiver, bool> wanted, string expected, TimeSpan patience)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_waiting)
        {
            if (wanted(this)) return;
            _waiting.Add((() => wanted(this), seen));
        }
        try { await seen.Task.WaitAsync(patience); }
        catch (TimeoutException)
        {
            string came = string.Join(", ", Metrics.Select(m => m.Name).Concat(Spans.Select(s => s.Name)).Distinct().Order());
            Assert.Fail($"expected within {patience.TotalSeconds} s: {expected}; what came: {came}");
        }
    }

    public void Dispose()
    {
        _listener.Close();
        _serving.ContinueWith(_ => { }, TaskScheduler.Default).Wait(TimeSpan.FromSeconds(5));
    }

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext call;
            try { call = await _listener.GetContextAsync(); }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException) { return; }
            using var body = new MemoryStream();
            await call.Request.InputStream.CopyToAsync(body);
            Take(call.Request.Url!.AbsolutePath, ByteString.CopyFrom(body.ToArray()), call.Request.Headers["X-Key"]);
            call.Response.ContentType = "application/x-protobuf";
            call.Response.Close();
        }
    }

    private void Take(string path, ByteString body, string? key)
    {
        lock (_waiting)
        {
            Keys.Add(key);
            foreach (ByteString resource in ProtoMessage.Read(body).Messages(1))
            {
                if (path == "/v1/metrics") _metrics.AddRange(OtlpMetric.Of(resource));
                else if (path == "/v1/traces") _spans.AddRange(OtlpSpan.Of(resource));
                else if (path == "/v1/logs") _logs.AddRange(OtlpLog.Of(resource));
            }
            foreach ((Func<bool> wanted, TaskCompletionSource seen) in _waiting.ToArray())
                if (wanted()) seen.TrySetResult();
        }
    }

    private T[] Copy<T>(List<T> items)
    {
        lock (_waiting) return [.. items];
    }
}

using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace LoraCluster.Hub;

/// <summary>
/// Sends requests and follows redirects. The token goes to the hub's own address alone: a redirect to another host, port or scheme is
/// followed without it.
/// </summary>
internal sealed class HubConnection(HubOptions options) : IDisposable
{
    private const int MostRedirects = 8;
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(15);
    private static readonly ProductInfoHeaderValue Agent =
        new("loracluster", typeof(HubConnection).Assembly.GetName().Version!.ToString(3));

    // Bytes are counted and verified as they are stored, so they must come as they are: no compression, no redirects behind our back.
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false, AutomaticDecompression = DecompressionMethods.None, ConnectTimeout = ConnectPatience, UseCookies = false,
    }) { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Sends a request; the answer's body is not read yet.</summary>
    /// <param name="method">GET or HEAD.</param>
    /// <param name="address">Absolute address.</param>
    /// <param name="from">First byte that is wanted; 0: all.</param>
    /// <param name="isFinal">True for a redirect that is not to be followed, since it has what is wanted.</param>
    /// <param name="watch">Ends it when the other side keeps silent.</param>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri address, long from, Func<HttpResponseMessage, bool> isFinal,
        IdleWatch watch)
    {
        for (int redirects = 0; redirects <= MostRedirects; redirects++)
        {
            using HttpRequestMessage request = RequestOf(method, address, from);
            HttpResponseMessage response = await TranslateAsync(address, watch,
                () => _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, watch.Token));
            if (response.StatusCode == HttpStatusCode.NotModified || (int)response.StatusCode is < 300 or >= 400 || isFinal(response))
                return response;
            Uri next = response.Headers.Location is { } location ? new Uri(address, location)
                : throw new HubException(HubFault.BadAnswer, $"{address.Host} redirects without saying where to");
            response.Dispose();
            if (next.Scheme != Uri.UriSchemeHttps && next.Scheme != address.Scheme)
                throw new HubException(HubFault.BadAnswer, $"{address.Host} redirects from https to {next.Scheme}, which is not followed");
            address = next;
        }
        throw new HubException(HubFault.BadAnswer, $"{address.Host} redirects more than {MostRedirects} times");
    }

    /// <summary>Does something over the network and turns its faults into messages.</summary>
    public static async Task<T> TranslateAsync<T>(Uri address, IdleWatch watch, Func<Task<T>> exchange)
    {
        try { return await exchange(); }
        catch (OperationCanceledException e) when (watch.Expired)
        {
            throw new HubException(HubFault.Unreachable, $"{address.Host} keeps silent", e);
        }
        catch (HttpRequestException e) { throw FaultOf(e, address); }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new HubException(HubFault.Unreachable, $"the connection to {address.Host} was cut", e);
        }
    }

    /// <summary>True if both are of one scheme, host and port.</summary>
    public static bool IsSameOrigin(Uri a, Uri b) =>
        Uri.Compare(a, b, UriComponents.SchemeAndServer, UriFormat.Unescaped, StringComparison.OrdinalIgnoreCase) == 0;

    public void Dispose() => _http.Dispose();

    private HttpRequestMessage RequestOf(HttpMethod method, Uri address, long from)
    {
        var request = new HttpRequestMessage(method, address);
        request.Headers.UserAgent.Add(Agent);
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
        if (from > 0) request.Headers.Range = new RangeHeaderValue(from, null);
        if (options.Token is { } token && IsSameOrigin(address, options.Endpoint))
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return request;
    }

    private static HubException FaultOf(HttpRequestException e, Uri address) => e.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => new HubException(HubFault.Unreachable, $"the name {address.Host} has no address (DNS)", e),
        HttpRequestError.SecureConnectionError => new HubException(HubFault.Unreachable,
            $"no secure connection to {address.Host}: {(e.InnerException ?? e).Message.TrimEnd('.')} (TLS)", e) { IsTransient = false },
        HttpRequestError.ConnectionError => new HubException(HubFault.Unreachable,
            $"{address.Host}:{FormattableString.Invariant($"{address.Port}")} does not accept a connection", e),
        HttpRequestError.ProxyTunnelError => new HubException(HubFault.Unreachable,
            $"the proxy on the way to {address.Host} refuses: {e.Message.TrimEnd('.')}", e),
        _ => new HubException(HubFault.Unreachable, $"the connection to {address.Host} was cut", e),
    };
}

using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace LoraCluster.Dashboard.Access;

/// <summary>
/// Who may see the pages. On loopback: whoever is on this machine. On any other address: who has the token. In both cases only under the
/// names that the pages are meant to have, so that no foreign name can be made to lead here.
/// </summary>
internal sealed class PageAccess
{
    private static readonly string[] LoopbackNames = ["localhost", "127.0.0.1", "[::1]"];
    private readonly byte[]? token;

    private PageAccess(string? token, bool tokenIsNew, IReadOnlyList<string> hosts)
    {
        this.token = token is null ? null : Encoding.UTF8.GetBytes(token);
        NewToken = tokenIsNew ? token : null;
        Hosts = hosts;
    }

    /// <summary>True if only who has the token may enter.</summary>
    public bool NeedsToken => token is not null;

    /// <summary>The token, if nobody knows it yet; else null.</summary>
    public string? NewToken { get; }

    /// <summary>Host names that requests may carry.</summary>
    public IReadOnlyList<string> Hosts { get; }

    /// <summary>The access for these addresses to listen on.</summary>
    /// <param name="urls">As http://127.0.0.1:5000, several with semicolons.</param>
    /// <param name="given">The token that was given; null or empty: none.</param>
    public static PageAccess For(string urls, string? given)
    {
        var foreign = new List<string>();
        foreach (string url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            // Kestrel takes * and + and names for every address.
            string host = BindingAddress.Parse(url).Host;
            if (!IsLoopback(host)) foreign.Add(host);
        }
        bool needed = foreign.Count > 0 || !string.IsNullOrEmpty(given);
        bool generate = needed && string.IsNullOrEmpty(given);
        string? token = !needed ? null : generate ? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)) : given;
        var names = foreign.SelectMany(NamesOf).Distinct(StringComparer.OrdinalIgnoreCase);
        return new PageAccess(token, generate, [.. LoopbackNames, .. names]);
    }

    /// <summary>True if it is the token; takes the same time whatever part of it is right.</summary>
    public bool Accepts(string? candidate) => token is not null
        && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(candidate ?? "")), SHA256.HashData(token));

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address);

    /// <summary>Under one address: that one and this machine's name. Under every address: all that this machine has.</summary>
    private static IEnumerable<string> NamesOf(string host)
    {
        yield return Environment.MachineName;
        bool one = IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address)
            && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any);
        if (one) yield return address!.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{address}]" : $"{address}";
        if (one) yield break;
        foreach (IPAddress own in Dns.GetHostAddresses(Environment.MachineName)) yield return own.ToString();
    }
}

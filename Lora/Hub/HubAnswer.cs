using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace LoraCluster.Hub;

/// <summary>What an answer of the hub that is no success means.</summary>
internal static class HubAnswer
{
    /// <summary>Throws if the answer is a refusal.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="reference">What was asked for.</param>
    /// <param name="file">The file, or null if the repository itself was.</param>
    /// <param name="options">The hub.</param>
    /// <param name="now">The time, for a Retry-After that is a date.</param>
    public static void ThrowIfRefused(HttpResponseMessage response, HubReference reference, string? file, HubOptions options,
        DateTimeOffset now)
    {
        if ((int)response.StatusCode < 400) return;
        if (IsBusy(response.StatusCode) || !IsFromHub(response, options))
        {
            throw new HubException(HubFault.Unreachable, $"{response.RequestMessage?.RequestUri?.Host} answers {Status(response)}")
            {
                RetryAfter = RetryAfter(response.Headers.RetryAfter, now),
            };
        }
        string? code = Header(response, "X-Error-Code"), said = Header(response, "X-Error-Message");
        string what = $"the {reference.KindName} '{reference.Repository}'", page = options.PageOf(reference);
        string told = string.IsNullOrWhiteSpace(said) ? "" : $" (the hub says: {said})";
        HubException Fault(HubFault fault, string message) => new(fault, message);
        throw (code, response.StatusCode) switch
        {
            ("GatedRepo", _) => Fault(HubFault.Denied, $"{what} is gated: accept its terms at {page}, {TokenAdvice(options)}{told}"),
            ("RevisionNotFound", _) => Fault(HubFault.Missing, $"{what} has no revision '{reference.Revision}'; see {page}"),
            ("EntryNotFound", _) => Fault(HubFault.Missing, $"{what} has no file '{file}' at {reference.Revision}"),
            ("RepoNotFound", _) or (null, HttpStatusCode.NotFound) when file is null || code is not null => Fault(HubFault.Denied,
                $"there is no {reference.KindName} '{reference.Repository}' at {options.EndpointText}, or it is private; "
                + $"check the name (there is no folder of that name here either), {TokenAdvice(options)}"),
            (_, HttpStatusCode.NotFound) => Fault(HubFault.Missing, $"{what} has no file '{file}' at {reference.Revision}"),
            (_, HttpStatusCode.Unauthorized) when options.Token is null => Fault(HubFault.Denied,
                $"{what} is not there, or private, or gated; check the name and {page}, {TokenAdvice(options)}{told}"),
            (_, HttpStatusCode.Unauthorized) => Fault(HubFault.Denied, $"{options.EndpointText} refuses the token for {what}; "
                + $"make a new one at {options.EndpointText}/settings/tokens and set HF_TOKEN to it{told}"),
            (_, HttpStatusCode.Forbidden) => Fault(HubFault.Denied,
                $"no access to {what}: accept its terms at {page} if it is gated, {TokenAdvice(options)}{told}"),
            _ => Fault(HubFault.BadAnswer, $"{options.EndpointText} answers {Status(response)} for {what}{told}"),
        };
    }

    /// <summary>A header's first value, or null.</summary>
    public static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out IEnumerable<string>? values) ? values.FirstOrDefault() : null;

    private static string TokenAdvice(HubOptions options) => options.Token is null
        ? "and set HF_TOKEN to a token of an account that may read it"
        : "with the account that HF_TOKEN (or the token file in HF_HOME) stands for";

    private static TimeSpan? RetryAfter(RetryConditionHeaderValue? header, DateTimeOffset now)
    {
        if (header?.Delta is { } delta) return delta;
        return header?.Date is { } date ? TimeSpan.FromTicks(Math.Max(0, (date - now).Ticks)) : null;
    }

    private static bool IsBusy(HttpStatusCode status) =>
        status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError;

    /// <summary>False for an answer of a content network: its addresses expire, and the next try gets a new one from the hub.</summary>
    private static bool IsFromHub(HttpResponseMessage response, HubOptions options) =>
        response.RequestMessage?.RequestUri is not { } address || HubConnection.IsSameOrigin(address, options.Endpoint);

    private static string Status(HttpResponseMessage response) => string.Create(CultureInfo.InvariantCulture,
        $"{(int)response.StatusCode} {(string.IsNullOrWhiteSpace(response.ReasonPhrase) ? response.StatusCode : response.ReasonPhrase)}");
}

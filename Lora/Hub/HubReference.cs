using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace LoraCluster.Hub;

/// <summary>What a repository of the hub holds.</summary>
public enum HubKind
{
    /// <summary>A model with its tokenizer.</summary>
    Model,

    /// <summary>A data set.</summary>
    Dataset,
}

/// <summary>
/// A repository of the Hugging Face hub at a revision: <c>name</c>, <c>owner/name</c>, <c>owner/name@revision</c>, and for data sets
/// <c>owner/name:subset</c> or <c>owner/name@revision:subset</c>.
/// </summary>
/// <param name="Kind">Model or data set.</param>
/// <param name="Repository"><c>owner/name</c>, or <c>name</c> alone for one that the hub knows without an owner.</param>
/// <param name="Revision">A branch, a tag, a commit of 40 hexadecimal digits, or <c>refs/pr/N</c>.</param>
/// <param name="Subset">A data set's subset (configuration); null where none is named.</param>
public sealed partial record HubReference(HubKind Kind, string Repository, string Revision = HubReference.DefaultRevision,
    string? Subset = null)
{
    /// <summary>The revision where none is named.</summary>
    public const string DefaultRevision = "main";

    private const int LongestName = 96, LongestRevision = 200;
    private const string AllowedName = "name or owner/name of letters, digits, '-', '_' and '.'";

    // The benchmark's own name for a part of it, in wide use.
    private static readonly Dictionary<string, string> ShortDatasets = new(StringComparer.Ordinal) { ["glue/sst2"] = "nyu-mll/glue:sst2" };

    /// <summary>True if the revision is a commit, which never changes.</summary>
    public bool IsPinned => IsCommit(Revision);

    /// <summary>Reads a name.</summary>
    /// <param name="text">The name.</param>
    /// <param name="kind">What it stands for; a subset is allowed for data sets alone.</param>
    /// <param name="reference">The reference, where the text is one.</param>
    /// <param name="fault">Otherwise why it is none, and what is allowed.</param>
    public static bool TryParse(string text, HubKind kind, [NotNullWhen(true)] out HubReference? reference,
        [NotNullWhen(false)] out string? fault)
    {
        reference = null;
        if (kind == HubKind.Dataset && ShortDatasets.TryGetValue(text.Split('@')[0], out string? whole))
            text = whole + text[text.Split('@')[0].Length..];
        Match match = Form().Match(text);
        string repository = match.Groups["repository"].Value;
        string revision = match.Groups["revision"] is { Success: true } given ? given.Value : DefaultRevision;
        string? subset = match.Groups["subset"] is { Success: true } part ? part.Value : null;
        fault = !IsRepository(repository) ? $"'{text}' is no name at the hub; allowed is {AllowedName}"
            : !IsRevision(revision) ? $"'{text}' has the revision '{revision}'; allowed is a branch, a tag, a commit or refs/pr/N"
            : subset is null ? null
            : kind == HubKind.Model ? $"'{text}' names a subset; a model has none, allowed is name or owner/name, with @revision or without"
            : !Part().IsMatch(subset) || subset.Contains("..", StringComparison.Ordinal)
                ? $"'{text}' has the subset '{subset}'; allowed are letters, digits, '-', '_', '.', '+', '=' and ','"
            : null;
        if (fault is not null) return false;
        reference = new HubReference(kind, repository, revision, subset);
        return true;
    }

    /// <summary>Reads a name, with a revision that may stand beside it.</summary>
    /// <exception cref="UserErrorException">It is no name at the hub, or two revisions are named.</exception>
    public static HubReference Parse(string text, HubKind kind, string? revision = null)
    {
        if (!TryParse(text, kind, out HubReference? reference, out string? fault)) throw new UserErrorException(fault);
        if (revision is null) return reference;
        if (!IsRevision(revision))
            throw new UserErrorException($"revision is '{revision}'; allowed is a branch, a tag, a commit or refs/pr/N");
        if (text.Contains('@', StringComparison.Ordinal) && reference.Revision != revision)
            throw new UserErrorException($"revision is '{revision}', but '{text}' names {reference.Revision}; allowed is one of them");
        return reference with { Revision = revision };
    }

    /// <summary>The same with another revision, as a rule the commit that it stands for.</summary>
    public HubReference At(string revision) => this with { Revision = revision };

    /// <summary>The form that <see cref="TryParse"/> reads; the revision is left out where it is the default.</summary>
    public override string ToString() =>
        Repository + (Revision == DefaultRevision ? "" : "@" + Revision) + (Subset is null ? "" : ":" + Subset);

    /// <summary>A full commit id: 40 lower-case hexadecimal digits.</summary>
    internal static bool IsCommit(string text) => text.Length == 40 && text.AsSpan().IndexOfAnyExcept("0123456789abcdef") < 0;

    /// <summary>"model" or "data set", for messages.</summary>
    internal string KindName => Kind == HubKind.Model ? "model" : "data set";

    private static bool IsRepository(string text)
    {
        string[] parts = text.Split('/');
        return parts.Length <= 2 && text.Length <= LongestName && parts.All(part => Name().IsMatch(part))
            && !text.Contains("--", StringComparison.Ordinal) && !text.Contains("..", StringComparison.Ordinal)
            && !text.EndsWith(".git", StringComparison.Ordinal);
    }

    private static bool IsRevision(string text) => text.Length <= LongestRevision && text.Split('/').All(part => Part().IsMatch(part)
        && !part.Contains("..", StringComparison.Ordinal) && !part.EndsWith(".lock", StringComparison.Ordinal));

    // The subset may stand before or after the revision.
    [GeneratedRegex(@"\A(?<repository>[^@:]*)(?:(?:@(?<revision>[^@:]*))?(?::(?<subset>[^@:]*))?"
        + @"|:(?<subset>[^@:]*)@(?<revision>[^@:]*))\z")]
    private static partial Regex Form();

    [GeneratedRegex(@"\A[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\z")]
    private static partial Regex Name();

    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9_.+=,-]*\z")]
    private static partial Regex Part();
}

namespace LoraCluster.Hub;

/// <summary>Where the hub is, where its files are kept, and how patient a download is.</summary>
public sealed record HubOptions
{
    /// <summary>The public hub.</summary>
    public const string PublicEndpoint = "https://huggingface.co";

    private static readonly string[] True = ["1", "ON", "YES", "TRUE"];

    /// <summary>Root address of the hub (HF_ENDPOINT).</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>The cache's folder (HF_HUB_CACHE), in the layout of huggingface_hub.</summary>
    public required string CacheFolder { get; init; }

    /// <summary>Access token (HF_TOKEN, or the file <c>token</c> in HF_HOME), sent to <see cref="Endpoint"/> alone; null: none.</summary>
    public string? Token { get; init; }

    /// <summary>True if nothing may be asked for over the network (HF_HUB_OFFLINE).</summary>
    public bool Offline { get; init; }

    /// <summary>False if snapshots are to hold files instead of links to blobs (HF_HUB_DISABLE_SYMLINKS).</summary>
    public bool Symlinks { get; init; } = true;

    /// <summary>Tries in a row of one request that bring nothing, 1 or more.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>A connection that is silent for so long counts as cut.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest wait that a busy hub may ask for; one that asks for more is given up.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Opens a partial file for writing; tests bring a disk that fills up.</summary>
    internal Func<string, Stream> OpenPartial { get; init; } = path =>
        new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1 << 16);

    /// <summary>The options that the environment of this process asks for.</summary>
    /// <exception cref="UserErrorException">HF_ENDPOINT or the token cannot be used.</exception>
    public static HubOptions FromEnvironment() => FromEnvironment(Environment.GetEnvironmentVariable);

    /// <summary>As the other form, from given variables.</summary>
    public static HubOptions FromEnvironment(Func<string, string?> variable)
    {
        string? Given(params ReadOnlySpan<string> names)
        {
            foreach (string name in names) if (variable(name) is { } value && !string.IsNullOrWhiteSpace(value)) return value.Trim();
            return null;
        }
        string user = Given("HOME", "USERPROFILE") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string Folder(string path) => Path.GetFullPath(
            path == "~" || path.StartsWith("~/", StringComparison.Ordinal) ? Path.Join(user, path[1..]) : path);
        string home = Folder(Given("HF_HOME") ?? Path.Combine(Given("XDG_CACHE_HOME") ?? Path.Combine(user, ".cache"), "huggingface"));
        return new HubOptions
        {
            Endpoint = EndpointOf(Given("HF_ENDPOINT") ?? PublicEndpoint),
            CacheFolder = Folder(Given("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE") ?? Path.Combine(home, "hub")),
            Token = TokenOf(Given("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"), Folder(Given("HF_TOKEN_PATH") ?? Path.Combine(home, "token"))),
            Offline = IsTrue(Given("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")),
            Symlinks = !IsTrue(Given("HF_HUB_DISABLE_SYMLINKS")),
        };
    }

    /// <summary>The root address as text, without a slash at its end.</summary>
    internal string EndpointText => Endpoint.AbsoluteUri.TrimEnd('/');

    /// <summary>The page of a repository, for people.</summary>
    internal string PageOf(HubReference reference) =>
        $"{EndpointText}/{(reference.Kind == HubKind.Dataset ? "datasets/" : "")}{reference.Repository}";

    private static bool IsTrue(string? value) => value is not null && True.Contains(value.ToUpperInvariant());

    private static Uri EndpointOf(string text) =>
        Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out Uri? endpoint) && endpoint.Scheme is "http" or "https" ? endpoint
        : throw new UserErrorException($"HF_ENDPOINT is '{text}'; allowed is an address as {PublicEndpoint}");

    private static string? TokenOf(string? given, string file)
    {
        string source = given is null ? file : "HF_TOKEN";
        try { given ??= File.Exists(file) ? File.ReadAllText(file).Trim() : null; }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"the token file {file} cannot be read: {e.Message}", e);
        }
        if (string.IsNullOrEmpty(given)) return null;
        // The token itself is never shown.
        return given.All(c => c is > ' ' and < '\x7f') ? given
            : throw new UserErrorException($"the token in {source} has blanks or characters that no token has");
    }
}

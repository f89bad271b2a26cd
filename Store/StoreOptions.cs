using System.Globalization;
using System.Net;

namespace LoraCluster.Store;

/// <summary>What the store is told: by arguments, else by the environment.</summary>
internal sealed record StoreOptions(int Port, IPAddress Bind, string? DataFolder, string? Password, string Memory)
{
    public const string Help = """
        Store: the Redis-compatible store of a LoraCluster, for where no Redis is given.

          --port PORT        TCP port to listen on (STORE_PORT; default 6379)
          --bind ADDRESS     IP address to listen on (default 127.0.0.1); one that others reach needs a password
          --data DIR         folder that keeps the data (default: a temporary one, deleted at the end)
          --password TEXT    what clients must give (better: LORACLUSTER_STORE_PASSWORD, which no process list shows)
          --memory SIZE      memory for the log, as 256m or 2g (default 256m); what does not fit goes to the data folder
        """;

    /// <summary>The options, or every fault in what was given.</summary>
    public static (StoreOptions? Options, IReadOnlyList<string> Faults) Parse(IReadOnlyList<string> args, Func<string, string?> environment)
    {
        var faults = new List<string>();
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        string[] known = ["--port", "--bind", "--data", "--password", "--memory"];
        for (int k = 0; k < args.Count; k += 2)
        {
            if (!known.Contains(args[k])) faults.Add($"'{args[k]}' is no option of the store; those are {string.Join(", ", known)}.");
            else if (k + 1 == args.Count) faults.Add($"{args[k]} needs a value.");
            else if (!given.TryAdd(args[k], args[k + 1])) faults.Add($"{args[k]} is given twice.");
        }

        string portText = given.GetValueOrDefault("--port") ?? environment("STORE_PORT") ?? "6379";
        if (!int.TryParse(portText, NumberStyles.None, CultureInfo.InvariantCulture, out int port) || port is < 1 or > 65535)
            faults.Add($"'{portText}' is no port: --port (or STORE_PORT) takes 1 to 65535.");
        string bindText = given.GetValueOrDefault("--bind") ?? "127.0.0.1";
        if (!IPAddress.TryParse(bindText, out var bind)) faults.Add($"'{bindText}' is no IP address: --bind takes one, as 127.0.0.1.");
        string? password = given.GetValueOrDefault("--password") ?? environment("LORACLUSTER_STORE_PASSWORD");
        if (string.IsNullOrEmpty(password)) password = null;
        if (bind is not null && !IPAddress.IsLoopback(bind) && password is null)
            faults.Add($"--bind {bind} can be reached from other machines, so it needs a password (LORACLUSTER_STORE_PASSWORD).");
        string memory = given.GetValueOrDefault("--memory") ?? "256m";
        if (!IsSize(memory)) faults.Add($"'{memory}' is no size: --memory takes a whole number and k, m or g, at least 64m.");

        if (faults.Count > 0) return (null, faults);
        return (new StoreOptions(port, bind!, given.GetValueOrDefault("--data"), password, memory), faults);
    }

    /// <summary>Garnet's own flags. Its defaults are those of a cache, which forgets: these make it a store.</summary>
    public string[] ToGarnetArguments(string dataFolder)
    {
        List<string> flags =
        [
            "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", Bind.ToString(),
            "--lua",                                                    // Orleans clusters by scripts; without them silos hang at joining
            "--index", "16m", "--memory", Memory, "--storage-tier",     // what does not fit moves to disk instead of being dropped
            "--aof", "--aof-size-limit", "64m", "--recover",            // survives a crash; the limit takes checkpoints
            "--device-type", "RandomAccess",                            // the default wants libaio
            "--logdir", dataFolder, "--checkpointdir", dataFolder,
            "-q",
        ];
        // One word, since it may begin with a dash.
        if (Password is not null) flags.AddRange(["--auth", "Password", $"--password={Password}"]);
        return [.. flags];
    }

    private static bool IsSize(string text) =>
        text.Length > 1
        && long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out long number)
        && number is > 0 and < 1 << 30
        && char.ToLowerInvariant(text[^1]) switch { 'k' => number >> 10, 'm' => number, 'g' => number << 10, _ => 0 } >= 64;
}

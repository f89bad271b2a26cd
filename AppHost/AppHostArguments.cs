using System.Globalization;
using System.Net;
using LoraCluster.ServiceDefaults;

namespace LoraCluster.AppHost;

/// <summary>What the app host is told. Aspire's builder gets none of it: it would bind every argument to its configuration.</summary>
internal sealed record AppHostArguments
{
    public int Silos { get; init; } = 2;
    public bool Once { get; init; }
    public bool QuickStart { get; init; } = true;

    /// <summary>The address for store and silos; null: loopback, without a password.</summary>
    public IPAddress? Bind { get; init; }

    /// <summary>A store that runs already, as a whole StackExchange.Redis string; null: one of our own.</summary>
    public string? Redis { get; init; }
    public string? Data { get; init; }
    public int? StorePort { get; init; }
    public int? DashboardPort { get; init; }
    public int? PagesPort { get; init; }
    public string? Device { get; init; }

    /// <summary>The Python of <c>client bench peer</c>, and the folder of its packages; null: those of the environment, if any.</summary>
    public string? Python { get; init; }
    public string? PythonPath { get; init; }
    public bool Help { get; init; }

    public const string HelpText = """
        AppHost: a LoraCluster on this machine: dashboard, store, silos, and a first run.

          dotnet run --project AppHost -- [options]

          --once               run the quick start, then stop everything and exit with its exit code
          --no-quickstart      only serve; the quick start can be started in the dashboard
          --silos N            silos, which share this machine's cores (1 to 16; default 2)
          --device DEVICE      device of the silos: auto, cpu or cuda:N (default auto)
          --bind ADDRESS       let other machines join: store, silos and run pages listen on this IP address of this machine; the
                               store gets a password (LORACLUSTER_STORE_PASSWORD, or a new one, which is printed), the pages
                               a token in their address (LORACLUSTER_DASHBOARD_TOKEN, or a new one)
          --redis STRING       use a store that runs already: HOST:PORT[,password=…], a whole StackExchange.Redis string
          --data DIR           folder of the store's data (default: the user's data folder; with --once a temporary one)
          --store-port N       port of the store (default: a free one)
          --dashboard-port N   port of the dashboard, always on loopback (default: a free one)
          --pages-port N       port of the run pages (default: a free one)
          --python FILE        a Python with torch, transformers and peft, for `client bench peer` (default: LORACLUSTER_PYTHON)
          --python-path DIR    where its packages are, if not with it (default: PYTHONPATH)
          --help               this text
        """;

    private static readonly string[] Switches = ["--once", "--no-quickstart", "--help"];
    private static readonly string[] WithValue =
    [
        "--silos", "--device", "--bind", "--redis", "--data", "--store-port", "--dashboard-port", "--pages-port",
        "--python", "--python-path",
    ];

    /// <summary>The arguments, or every fault in them.</summary>
    public static (AppHostArguments? Arguments, IReadOnlyList<string> Faults) Parse(IReadOnlyList<string> args)
    {
        var faults = new List<string>();
        var given = Read(args, faults);
        var arguments = new AppHostArguments
        {
            Help = given.ContainsKey("--help"),
            Once = given.ContainsKey("--once"),
            QuickStart = !given.ContainsKey("--no-quickstart"),
            Silos = Number(given, "--silos", 1, 16, faults) ?? 2,
            StorePort = Number(given, "--store-port", 1, 65535, faults),
            DashboardPort = Number(given, "--dashboard-port", 1, 65535, faults),
            PagesPort = Number(given, "--pages-port", 1, 65535, faults),
            Bind = Address(given, faults),
            Redis = given.GetValueOrDefault("--redis"),
            Data = given.GetValueOrDefault("--data"),
            Device = given.GetValueOrDefault("--device"),
            Python = Existing(given, "--python", File.Exists, "file", faults),
            PythonPath = Existing(given, "--python-path", Directory.Exists, "folder", faults),
        };
        if (arguments.Help) return (arguments, []);
        if (arguments is { Once: true, QuickStart: false })
            faults.Add("--once runs the quick start and --no-quickstart leaves it out: give one of them.");
        if (arguments is { Redis: not null, Data: not null })
            faults.Add("--data is the folder of our own store, and --redis names another store: give one of them.");
        if (arguments is { Redis: not null, StorePort: not null })
            faults.Add("--store-port is that of our own store, and --redis names another store: give one of them.");
        return faults.Count > 0 ? (null, faults) : (arguments, faults);
    }

    private static Dictionary<string, string> Read(IReadOnlyList<string> args, List<string> faults)
    {
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int k = 0; k < args.Count; k++)
        {
            string option = args[k], value = "";
            bool needsValue = WithValue.Contains(option);
            if (!needsValue && !Switches.Contains(option))
            {
                faults.Add($"'{option}' is no option of the app host; see --help.");
                continue;
            }
            if (needsValue && (k + 1 == args.Count || args[k + 1].StartsWith("--", StringComparison.Ordinal)))
            {
                faults.Add($"{option} needs a value.");
                continue;
            }
            if (needsValue) value = args[++k];
            if (!given.TryAdd(option, value)) faults.Add($"{option} is given twice.");
        }
        return given;
    }

    private static IPAddress? Address(Dictionary<string, string> given, List<string> faults)
    {
        if (!given.TryGetValue("--bind", out string? text)) return null;
        if (!IPAddress.TryParse(text, out var address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
        {
            faults.Add($"--bind '{text}': it takes one IP address of this machine under which others reach it, as 192.168.1.10.");
            return null;
        }
        if (!FreePort.CanBind(address)) faults.Add($"--bind {address}: that is no address of this machine.");
        return address;
    }

    private static string? Existing(
        Dictionary<string, string> given, string option, Func<string, bool> exists, string what, List<string> faults)
    {
        if (!given.TryGetValue(option, out string? path)) return null;
        if (!exists(path)) faults.Add($"{option} '{path}': there is no such {what}.");
        return Path.GetFullPath(path);
    }

    private static int? Number(Dictionary<string, string> given, string option, int least, int most, List<string> faults)
    {
        if (!given.TryGetValue(option, out string? text)) return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most)
            return number;
        faults.Add(FormattableString.Invariant($"{option} '{text}': it takes a whole number from {least} to {most}."));
        return null;
    }
}

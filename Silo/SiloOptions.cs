using LoraCluster.Devices;
using System.Globalization;
using System.Net;

namespace LoraCluster.Silo;

/// <summary>What a silo is told: by arguments, else by the environment.</summary>
public sealed record SiloOptions
{
    /// <summary>The store, as a whole StackExchange.Redis string; null: ConnectionStrings__store.</summary>
    public string? Redis { get; init; }

    /// <summary>The cluster to join; null: the one that is injected, or that the store names.</summary>
    public string? ClusterId { get; init; }

    /// <summary>The silo's name in the cluster; null: made of host and process.</summary>
    public string? Name { get; init; }

    /// <summary>The address under which other silos and clients reach it; null: the one from which it reaches the store.</summary>
    public IPAddress? Advertise { get; init; }

    /// <summary>Port for silos; null: a free one.</summary>
    public int? SiloPort { get; init; }

    /// <summary>Port for clients; null: a free one.</summary>
    public int? GatewayPort { get; init; }

    /// <summary><c>auto</c>, <c>cpu</c> or <c>cuda:N</c>.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>Threads that its trainers share.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Trainers it takes at most.</summary>
    public int Slots { get; init; } = 4;

    /// <summary>Folder of another libtorch to use; null: the one that came with the build.</summary>
    public string? LibTorch { get; init; }

    /// <summary>What <c>--help</c> prints.</summary>
    public const string Help = """
        Silo: a node of a LoraCluster, which holds trainers.

          dotnet run --project Silo -- --redis HOST:PORT [options]

          --redis STRING        the cluster's store, as a whole StackExchange.Redis string:
                                HOST:PORT[,password=…]  (ConnectionStrings__store)
          --cluster ID          cluster to join  (LORACLUSTER_CLUSTER; default: the one that the store names)
          --name NAME           the silo's name  (LORACLUSTER_NAME; default: host and process)
          --advertise IP        address under which others reach it  (LORACLUSTER_ADVERTISE;
                                default: the address from which it reaches the store)
          --silo-port N         port for other silos  (LORACLUSTER_SILO_PORT; default: a free one)
          --gateway-port N      port for clients  (LORACLUSTER_GATEWAY_PORT; default: a free one)
          --device DEVICE       auto, cpu or cuda:N  (LORACLUSTER_DEVICE; default auto: cuda:0 if there is one, else cpu)
          --threads N           threads that its trainers share  (LORACLUSTER_THREADS; default: all cores)
          --slots N             trainers it takes at most  (LORACLUSTER_SLOTS; default 4)

        LORACLUSTER_LIBTORCH=DIR uses the libtorch of an existing PyTorch (DIR: its torch/lib) instead of the build's own.
        ASPNETCORE_URLS sets where /health answers (default: a free port on loopback).
        """;

    private static readonly Dictionary<string, string> Variables = new(StringComparer.Ordinal)
    {
        ["--redis"] = "", // The connection string has its own place in the configuration.
        ["--cluster"] = "LORACLUSTER_CLUSTER",
        ["--name"] = "LORACLUSTER_NAME",
        ["--advertise"] = "LORACLUSTER_ADVERTISE",
        ["--silo-port"] = "LORACLUSTER_SILO_PORT",
        ["--gateway-port"] = "LORACLUSTER_GATEWAY_PORT",
        ["--device"] = "LORACLUSTER_DEVICE",
        ["--threads"] = "LORACLUSTER_THREADS",
        ["--slots"] = "LORACLUSTER_SLOTS",
    };

    /// <summary>The options.</summary>
    /// <exception cref="UserErrorException">Something given cannot be used: every fault at once.</exception>
    public static SiloOptions Parse(IReadOnlyList<string> args, Func<string, string?> environment)
    {
        var faults = new List<string>();
        var values = ReadArguments(args, faults);
        foreach (var (option, variable) in Variables)
        {
            if (variable.Length > 0 && environment(variable) is { Length: > 0 } value) values.TryAdd(option, value);
        }

        var options = new SiloOptions
        {
            Redis = values.GetValueOrDefault("--redis"),
            ClusterId = Word(values, "--cluster", faults),
            Name = Word(values, "--name", faults),
            Advertise = Address(values, faults),
            SiloPort = Number(values, "--silo-port", 1, 65535, faults),
            GatewayPort = Number(values, "--gateway-port", 1, 65535, faults),
            Device = Word(values, "--device", faults) ?? "auto",
            Threads = Number(values, "--threads", 1, 1024, faults) ?? Environment.ProcessorCount,
            Slots = Number(values, "--slots", 1, 64, faults) ?? 4,
            LibTorch = environment("LORACLUSTER_LIBTORCH") is { Length: > 0 } folder ? folder : null,
        };
        if (!ComputeDevice.IsName(options.Device)) faults.Add($"--device '{options.Device}': allowed are auto, cpu and cuda:N (N from 0).");
        if (options.SiloPort is { } port && port == options.GatewayPort)
            faults.Add($"--silo-port and --gateway-port are both {port}: they must differ.");
        return faults.Count == 0 ? options : throw new UserErrorException(string.Join(Environment.NewLine, faults));
    }

    private static Dictionary<string, string> ReadArguments(IReadOnlyList<string> args, List<string> faults)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int k = 0; k < args.Count; k++)
        {
            string option = args[k];
            if (!Variables.ContainsKey(option))
                faults.Add($"'{option}' is no option of a silo; those are {string.Join(", ", Variables.Keys)}.");
            else if (k + 1 == args.Count || args[k + 1].StartsWith("--", StringComparison.Ordinal))
                faults.Add($"{option} needs a value.");
            else if (!values.TryAdd(option, args[++k]))
                faults.Add($"{option} is given twice.");
        }
        return values;
    }

    private static string? Word(Dictionary<string, string> values, string option, List<string> faults)
    {
        if (!values.TryGetValue(option, out string? text)) return null;
        if (text.Length is > 0 and <= 100 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':')) return text;
        faults.Add($"{option} '{text}': allowed are up to 100 letters, digits and - _ . :");
        return null;
    }

    private static IPAddress? Address(Dictionary<string, string> values, List<string> faults)
    {
        if (!values.TryGetValue("--advertise", out string? text)) return null;
        if (IPAddress.TryParse(text, out var address) && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any))
            return address;
        faults.Add($"--advertise '{text}': it takes an IP address that others can reach, as 192.168.1.20.");
        return null;
    }

    private static int? Number(Dictionary<string, string> values, string option, int least, int most, List<string> faults)
    {
        if (!values.TryGetValue(option, out string? text)) return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most)
            return number;
        faults.Add(FormattableString.Invariant($"{option} '{text}': it takes a whole number from {least} to {most}."));
        return null;
    }
}

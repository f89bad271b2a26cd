using System.Net;
using System.Security.Cryptography;
using LoraCluster.ServiceDefaults;

namespace LoraCluster.AppHost;

/// <summary>Where our own store listens, keeps its data, and what it asks for.</summary>
internal sealed class StorePlace : IDisposable
{
    private const string PasswordVariable = "LORACLUSTER_STORE_PASSWORD";
    private readonly bool temporary;

    private StorePlace(IPAddress address, int port, string? password, bool generated, string data, bool temporary)
    {
        Address = address;
        Port = port;
        Password = password;
        PasswordIsNew = generated;
        DataFolder = data;
        this.temporary = temporary;
    }

    public IPAddress Address { get; }
    public int Port { get; }
    public string? Password { get; }

    /// <summary>True if the user does not know the password yet.</summary>
    public bool PasswordIsNew { get; }
    public string DataFolder { get; }

    public string ConnectionString => new IPEndPoint(Address, Port) + (Password is null ? "" : $",password={Password}");

    public string Describe() => $"{new IPEndPoint(Address, Port)}, data in {DataFolder}{(temporary ? " (temporary)" : "")}";

    /// <summary>The place, or what is wrong with what was given.</summary>
    public static (StorePlace? Place, string? Fault) Choose(AppHostArguments arguments)
    {
        var address = arguments.Bind ?? IPAddress.Loopback;
        string? given = Environment.GetEnvironmentVariable(PasswordVariable);
        // The password travels in a connection string, which is cut at commas and trimmed.
        if (given is { Length: > 0 } && given.Any(c => c is ',' || char.IsWhiteSpace(c) || char.IsControl(c)))
            return (null, $"{PasswordVariable} holds a comma, white space or control characters, which a connection string cannot carry.");
        bool generate = string.IsNullOrEmpty(given) && arguments.Bind is not null;
        string? password = generate ? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)) : given;
        if (password is "") password = null;

        string? data = arguments switch
        {
            { Data: { } named } => Path.GetFullPath(named),
            { Once: true } => null,
            _ => Path.Combine(UserFolders.Data, "store"),
        };
        if (data is not null && !UserFolders.TryCreatePrivate(data) && !UserFolders.CanWrite(data))
        {
            if (arguments.Data is not null) return (null, $"--data '{arguments.Data}': nothing can be written there.");
            Console.WriteLine($"nothing can be written to {data}: this start's runs and adapters will not last (--data DIR names another)");
            data = null;
        }
        bool temporary = data is null;
        data ??= Directory.CreateTempSubdirectory("loracluster-store-").FullName;
        return (new StorePlace(address, arguments.StorePort ?? FreePort.On(address), password, generate, data, temporary), null);
    }

    public void Dispose()
    {
        if (temporary) Directory.Delete(DataFolder, recursive: true);
    }
}

namespace LoraCluster.Client;

/// <summary>Ends a command with messages for the user, one a fault, and an exit code.</summary>
internal sealed class ClientException(int exitCode, IReadOnlyList<string> faults, Exception? inner = null)
    : Exception(string.Join('\n', faults), inner)
{
    public ClientException(int exitCode, string fault, Exception? inner = null) : this(exitCode, [fault], inner) { }

    public int ExitCode { get; } = exitCode;

    public IReadOnlyList<string> Faults { get; } = faults;

    /// <summary>Throws if there is a fault.</summary>
    public static void ThrowIfAny(IReadOnlyList<string> faults)
    {
        if (faults.Count > 0) throw new ClientException(ExitCodes.Usage, faults);
    }
}

namespace LoraCluster.Client;

/// <summary>What the process returns; 0 stands for success alone.</summary>
internal static class ExitCodes
{
    public const int Success = 0;
    /// <summary>The run did not complete, or the cluster refused the request.</summary>
    public const int Failed = 1;
    /// <summary>The command line cannot be used: an unknown option, a value that is not allowed, a folder that is not there.</summary>
    public const int Usage = 2;
    /// <summary>No cluster is there, or it was lost on the way.</summary>
    public const int NoCluster = 3;
    /// <summary>Ctrl+C, by the shells' convention 128 + SIGINT.</summary>
    public const int Interrupted = 130;
}

namespace LoraCluster.AppHost;

/// <summary>Exit codes of the app host; with --once that of the quick start otherwise.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>A part of the cluster failed.</summary>
    public const int Failed = 1;

    /// <summary>What was given cannot be used.</summary>
    public const int Unusable = 2;
}

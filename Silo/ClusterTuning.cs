using Orleans.Configuration;

namespace LoraCluster.Silo;

/// <summary>
/// Orleans' settings for a cluster of this kind: few silos, each with all its cores under load. A silo that died should be gone in
/// some ten seconds, and one whose probes are merely late must not be taken for dead; trainers have a faster lease of their own.
/// </summary>
public static class ClusterTuning
{
    /// <summary>Applies the settings.</summary>
    public static ISiloBuilder UseClusterTuning(this ISiloBuilder silo) => silo
        .Configure<ClusterMembershipOptions>(o =>
        {
            o.ProbeTimeout = TimeSpan.FromSeconds(3);
            o.NumMissedProbesLimit = 3;
            // Joining silos skip the dead that have not written for three of these, and do not wait for them.
            o.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(10);
            o.TableRefreshTimeout = TimeSpan.FromSeconds(15);
            o.MaxJoinAttemptTime = TimeSpan.FromMinutes(1);
            o.DefunctSiloCleanupPeriod = TimeSpan.FromMinutes(10);
            o.DefunctSiloExpiration = TimeSpan.FromHours(1);
        })
        // A body of a few MB would hold up the probes behind it on a single connection.
        .Configure<ConnectionOptions>(o => o.ConnectionsPerEndpoint = 2);
}

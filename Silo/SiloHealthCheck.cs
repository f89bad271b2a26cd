using Microsoft.Extensions.Diagnostics.HealthChecks;
using Orleans.Runtime;

namespace LoraCluster.Silo;

/// <summary>Healthy while the silo is an active member of its cluster.</summary>
public sealed class SiloHealthCheck(ISiloStatusOracle membership) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(membership.CurrentStatus == SiloStatus.Active
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy($"the silo is {membership.CurrentStatus}"));
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace LoraCluster.ServiceDefaults;

/// <summary>What every process of a cluster shares: telemetry, health, and the connection to the store.</summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>Name of the project's meter and of its activity source (as in the grains' contracts).</summary>
    public const string TelemetryName = "LoraCluster";

    private const string AliveTag = "alive";

    /// <summary>Telemetry and health checks.</summary>
    /// <param name="builder">The host's builder.</param>
    /// <param name="serviceName">Under which name it reports, where OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES name none.</param>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder, string? serviceName = null)
        where TBuilder : IHostApplicationBuilder
    {
        builder.AddTelemetry(serviceName ?? builder.Environment.ApplicationName);
        builder.Services.AddHealthChecks().AddCheck("process", () => HealthCheckResult.Healthy(), [AliveTag]);
        return builder;
    }

    /// <summary>The connection to the store under its key, as Orleans' Redis providers look for it.</summary>
    public static TBuilder AddStore<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        // Orleans writes to the store all the time: spans of it would bury those of the training.
        builder.AddKeyedRedisClient(StoreConnection.Name, settings => settings.DisableTracing = true);
        return builder;
    }

    /// <summary><c>/health</c>: all checks; <c>/alive</c>: only that the process answers.</summary>
    public static WebApplication MapHealth(this WebApplication app)
    {
        app.MapHealthChecks("/health").AllowAnonymous();
        app.MapHealthChecks("/alive", new HealthCheckOptions { Predicate = check => check.Tags.Contains(AliveTag) }).AllowAnonymous();
        return app;
    }

    private static void AddTelemetry(this IHostApplicationBuilder builder, string serviceName)
    {
        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
        });
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => { if (!NamesService(builder.Configuration)) resource.AddService(serviceName); })
            .WithMetrics(metrics => metrics.AddMeter(TelemetryName, "Microsoft.Orleans").AddRuntimeInstrumentation())
            // Not Microsoft.Orleans.*: its runtime's own spans come by the hundred a minute.
            .WithTracing(tracing => tracing.AddSource(TelemetryName, "Microsoft.Orleans.Application")
                .SetSampler(new ParentBasedSampler(new PollingCallSampler())));
        if (!string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"])) telemetry.UseOtlpExporter();
    }

    private static bool NamesService(IConfiguration environment) => !string.IsNullOrWhiteSpace(environment["OTEL_SERVICE_NAME"])
        || environment["OTEL_RESOURCE_ATTRIBUTES"]?.Contains("service.name=", StringComparison.Ordinal) == true;
}

namespace LoraCluster.AppHost.RunRows;

/// <summary>Where runs have pages of their own: at the resource "dashboard", if the model has one.</summary>
internal sealed class RunPages(IEnumerable<IResource> resources)
{
    public const string Resource = "dashboard", Endpoint = "http";

    /// <summary>Address of a run's or job's page; null: there is none, or it has no address yet.</summary>
    public string? Of(string id) => resources.FirstOrDefault(r => r.Name == Resource)?.Annotations.OfType<EndpointAnnotation>()
        .FirstOrDefault(e => e.Name == Endpoint)?.AllocatedEndpoint is { } endpoint ? $"{endpoint.UriString.TrimEnd('/')}/runs/{id}" : null;
}

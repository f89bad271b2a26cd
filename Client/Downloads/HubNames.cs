using LoraCluster.Client.Commands;
using LoraCluster.Hub;

namespace LoraCluster.Client.Downloads;

/// <summary>Which of a command line's model and data set are names at the hub; null for one that is a path.</summary>
internal sealed record HubNames(HubReference? Model, HubReference? Dataset)
{
    /// <summary>Reads the names; what cannot be used is added to the faults.</summary>
    public static HubNames Of(TrainSettings settings, List<string> faults)
    {
        HubReference? model = Of(settings.Model, HubKind.Model);
        if (settings.Revision is { } revision)
        {
            if (model is null && !string.IsNullOrWhiteSpace(settings.Model))
                faults.Add($"revision is '{revision}', but model is '{settings.Model}', which is no name at the hub");
            else if (model is not null) faults.Try(() => model = HubReference.Parse(settings.Model!, HubKind.Model, revision));
        }
        return new HubNames(model, Of(settings.Dataset, HubKind.Dataset));
    }

    private static HubReference? Of(string? text, HubKind kind) => !string.IsNullOrWhiteSpace(text) && !HubPull.IsLocal(text)
        && HubReference.TryParse(text, kind, out HubReference? reference, out _) ? reference : null;
}

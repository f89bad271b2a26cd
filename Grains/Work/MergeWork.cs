using System.Globalization;
using LoraCluster.Adapters;
using LoraCluster.Files;
using LoraCluster.Hub;
using LoraCluster.Merging;
using LoraCluster.Models;

namespace LoraCluster.Grains.Work;

/// <summary>Merges adapters into a model, or combines them, and sends the folder.</summary>
internal sealed class MergeWork(MergeSpec spec, AdapterReader reader)
{
    /// <summary>Does it all; on the work's own thread.</summary>
    public void Run(WorkOutput<FolderPart> output)
    {
        string model = reader.FolderOf("model", spec.ModelPath, output.Stopping);
        List<AdapterFolder> adapters = [.. spec.Adapters.Select(source => reader.Read(source, output.Stopping))];
        AdapterFolder? combined = spec.Combination is { } name ? Combine(name, adapters) : null;
        if (combined is not null) adapters = [combined];
        // Also for a combination alone: it must fit the base.
        using MergedModel merged = MergedModel.Open(model, adapters);
        if (spec.AdapterOnly)
        {
            if (combined is null) throw new UserErrorException("adapter-only is set without a combination; allowed is linear, cat or svd");
            SendAdapter(output, combined, model);
            return;
        }
        string summary = string.Create(CultureInfo.InvariantCulture,
            $"{spec.Adapters.Count} adapter{(spec.Adapters.Count == 1 ? "" : "s")} merged into {merged.ChangedTensors} tensors");
        FolderStream.Send(output, merged.Files, merged.Notices, summary);
    }

    private AdapterFolder Combine(string name, List<AdapterFolder> adapters)
    {
        CombinationType[] types = Enum.GetValues<CombinationType>();
        string Name(CombinationType type) => type.ToString().ToLowerInvariant();
        if (!types.Any(t => Name(t) == name))
            throw new UserErrorException($"combination is '{name}'; allowed are {string.Join(", ", types.Select(Name))}");
        if (spec.Weights.Count != adapters.Count)
        {
            throw new UserErrorException(string.Create(CultureInfo.InvariantCulture,
                $"there are {spec.Weights.Count} weights for {adapters.Count} adapters; needed is one for each"));
        }
        return AdapterCombination.Combine(types.First(t => Name(t) == name),
            [.. adapters.Zip(spec.Weights, (adapter, weight) => new WeightedAdapter(adapter, weight))], spec.Rank);
    }

    private void SendAdapter(WorkOutput<FolderPart> output, AdapterFolder combined, string model)
    {
        (ModelFamily family, _) = ModelFamily.Read(Path.Combine(model, "config.json"));
        string baseName = HubSnapshot.NameOf(spec.ModelPath) ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(spec.ModelPath));
        IReadOnlyList<OutputFile> files = combined.Files(baseName, family.Task);
        FolderStream.Send(output, files, [], string.Create(CultureInfo.InvariantCulture,
            $"{spec.Adapters.Count} adapters combined to one of rank {combined.Config.Rank}"));
    }
}

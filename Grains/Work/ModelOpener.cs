using System.Security.Cryptography;
using LoraCluster.Adapters;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Trainers;
using LoraCluster.Models;
using LoraCluster.Tokenizers;
using LoraCluster.Training;
using Microsoft.Extensions.Options;
using TorchSharp;

namespace LoraCluster.Grains.Work;

/// <summary>Opens what a <see cref="ModelSource"/> names on this silo's device; on a work's own thread, which may block.</summary>
internal sealed class ModelOpener(BaseModelCache cache, AdapterReader reader, IOptions<NodeOptions> node)
{
    /// <summary>The model, with its adapter, merged where that is asked for.</summary>
    /// <exception cref="UserErrorException">It cannot be had here; the message says why.</exception>
    public OpenedModel Open(ModelSource source, CancellationToken stopping)
    {
        Precision precision = PrecisionOf(source.Dtype);
        SharedCache<string, LoadedModel>.Lease lease = Rent(source, precision, stopping);
        TrainableModel? model = null;
        try
        {
            stopping.ThrowIfCancellationRequested();
            AdapterFolder? adapter = source.Adapter is { } from ? reader.Read(from, stopping) : null;
            model = adapter is null ? TrainableModel.Frozen(lease.Value.Model, PoolingOf(source.Pooling))
                : TrainableModel.WithAdapter(lease.Value.Model, adapter);
            if (source.Merge) model.Merge();
            return new OpenedModel(lease, model, HashOf(source.Adapter, adapter));
        }
        catch
        {
            model?.Dispose();
            lease.Dispose();
            throw;
        }
    }

    /// <summary>What is wrong with a source by itself; empty if nothing is.</summary>
    public static IEnumerable<string> Faults(ModelSource source)
    {
        if (string.IsNullOrWhiteSpace(source.ModelPath))
            yield return "model is empty; allowed is the folder of a model, or its name at the hub";
        if (source.Merge && source.Adapter is null) yield return "merge is set, and there is no adapter that could be merged";
        if (source.Dtype is not ("fp32" or "bf16")) yield return $"dtype is '{source.Dtype}'; allowed is fp32 or bf16";
        if (source.Pooling is not (null or "cls" or "mean")) yield return $"pooling is '{source.Pooling}'; allowed is cls or mean";
        else if (source is { Pooling: not null, Adapter: not null })
            yield return $"pooling is '{source.Pooling}'; an adapter's head reads what it was trained on, so allowed is none";
    }

    private SharedCache<string, LoadedModel>.Lease Rent(ModelSource source, Precision precision, CancellationToken stopping)
    {
        var device = new torch.Device(node.Value.Device);
        string folder = reader.FolderOf("model", source.ModelPath, stopping);
        if (source.ArtifactId is not { } id) return cache.RentModel(folder, precision, device);
        // A run's artifact is a model without a tokenizer: that is its base's.
        string temporary = Directory.CreateTempSubdirectory("loracluster-model-").FullName;
        try
        {
            reader.CopyArtifact(id, $"the run's model {id[..12]}...", ["config.json", "model.safetensors"], temporary, stopping);
            foreach (string file in TokenizerFolder.Load(folder).Files)
            {
                string copy = Path.Combine(temporary, Path.GetFileName(file));
                if (!File.Exists(copy)) File.Copy(file, copy);
            }
            return cache.RentModel(temporary, precision, device);
        }
        finally { Directory.Delete(temporary, recursive: true); }
    }

    private static string HashOf(AdapterSource? source, AdapterFolder? adapter)
    {
        if (source is null || adapter is null) return "";
        if (source.ArtifactId is { } id) return id;
        using FileStream file = File.OpenRead(adapter.Path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    private static Precision PrecisionOf(string dtype) => dtype == "bf16" ? Precision.BFloat16 : Precision.Float32;

    private static Pooling? PoolingOf(string? pooling) =>
        pooling switch { "mean" => Pooling.Mean, "cls" => Pooling.First, _ => null };
}

using LoraCluster.Adapters;
using LoraCluster.Checkpoints;
using LoraCluster.Files;
using LoraCluster.Models;

namespace LoraCluster.Merging;

/// <summary>
/// A base model with adapters merged into it, as the files of a Hugging Face folder that needs no adapter any more. Tensors are made one by
/// one while they are written, in the base's dtype: W + s B A is summed in fp32 and rounded once, to nearest even; tensors that no adapter
/// touches keep their bytes. The base's folder stays open until this is disposed.
/// </summary>
public sealed class MergedModel : IDisposable
{
    private readonly CheckpointFile _base;

    private MergedModel(CheckpointFile baseTensors, MergePlan plan, IReadOnlyList<OutputFile> files) =>
        (_base, Notices, Files, ChangedTensors) = (baseTensors, plan.Notices, files, plan.Tensors.Count(t => t.IsChanged));

    /// <summary>The merged folder's files, in the order in which they are best written.</summary>
    public IReadOnlyList<OutputFile> Files { get; }

    /// <summary>Remarks for people: a tied head that had to be untied, tensors that were left out.</summary>
    public IReadOnlyList<string> Notices { get; }

    /// <summary>How many tensors differ from the base's.</summary>
    public int ChangedTensors { get; }

    /// <summary>Plans a merge; nothing is written yet. The caller disposes the result.</summary>
    /// <param name="baseFolder">The base model's folder.</param>
    /// <param name="adapters">One or more adapters, merged in this order (which matters for DoRA). At most one may bring a classification
    /// head, or any other tensor as a whole, unless they bring the same.</param>
    /// <exception cref="UserErrorException">A folder cannot be read, an adapter does not fit the model, or two adapters exclude each
    /// other.</exception>
    public static MergedModel Open(string baseFolder, params IReadOnlyList<AdapterFolder> adapters)
    {
        if (adapters.Count == 0) throw new UserErrorException("there is no adapter; allowed are one or more");
        if (!Directory.Exists(baseFolder)) throw new UserErrorException($"the model folder {baseFolder} does not exist");
        string configPath = Path.Combine(baseFolder, "config.json");
        (_, ModelConfig before) = ModelFamily.Read(configPath);
        CheckpointFile tensors = CheckpointFile.Open(baseFolder);
        try
        {
            MergePlan plan = MergePlan.Of(baseFolder, tensors, adapters);
            return new MergedModel(tensors, plan, [
                OutputFile.Of("config.json", MergedConfig.Of(File.ReadAllBytes(configPath), plan, before)),
                .. ModelCompanions.In(baseFolder).Select(OutputFile.CopyOf),
                .. WeightShards.Of([.. plan.Tensors.Select(t => t.From(tensors))])]);
        }
        catch
        {
            tensors.Dispose();
            throw;
        }
    }

    /// <summary>Writes the folder: whole, or not at all.</summary>
    /// <param name="folder">New or empty; or, where it may be overwritten, a model's or an adapter's folder.</param>
    /// <param name="overwrite">Whether such a folder is replaced. Default false.</param>
    /// <exception cref="UserErrorException">The folder cannot be written, or a merged value does not fit the base's dtype.</exception>
    public void WriteTo(string folder, bool overwrite = false)
    {
        using StagedFolder staged = StagedFolder.Begin(folder, overwrite);
        foreach (OutputFile file in Files)
        {
            using FileStream stream = staged.Create(file.Name);
            file.WriteTo(stream);
        }
        staged.Complete();
    }

    /// <summary>Closes the base's files.</summary>
    public void Dispose() => _base.Dispose();
}

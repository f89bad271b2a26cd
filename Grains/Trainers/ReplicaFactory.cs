using LoraCluster.Data;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Runs;
using LoraCluster.Hub;
using LoraCluster.Kernels;
using LoraCluster.Training;
using Microsoft.Extensions.Options;
using TorchSharp;

namespace LoraCluster.Grains.Trainers;

/// <summary>
/// Opens real replicas on this silo's device. The number of threads of tensor operations is one for the whole process; the scheduler sees
/// to it that the trainers of a silo agree on it.
/// </summary>
internal sealed class ReplicaFactory(BaseModelCache cache, HubFolders hub, IOptions<NodeOptions> node) : ITrainingReplicaFactory
{
    /// <inheritdoc/>
    public OpenedReplica Open(RunSpec spec, CancellationToken cancellationToken)
    {
        TrainingOptions options = RunSpecMapping.ToOptions(spec);
        TorchThreads.Set(spec.ThreadsPerTrainer);
        var device = new torch.Device(node.Value.Device);
        string modelFolder = hub.FolderOf(spec.ModelPath, HubKind.Model, cancellationToken);
        string datasetFolder = hub.FolderOf(spec.DatasetPath, HubKind.Dataset, cancellationToken);
        SharedCache<string, LoadedModel>.Lease model = cache.RentModel(modelFolder, options.Precision, device);
        SharedCache<string, LoadedDataset>.Lease? dataset = null;
        try
        {
            RefuseOther(spec.ModelHash, model.Value.Hash, "model", spec.ModelPath);
            cancellationToken.ThrowIfCancellationRequested();
            var columns = new TextColumns(spec.TextColumn, spec.LabelColumn);
            dataset = cache.RentDataset(datasetFolder, model.Value, options, spec.MaxExamples, columns);
            RefuseOther(spec.DatasetHash, dataset.Value.Hash, "data set", spec.DatasetPath);
            cancellationToken.ThrowIfCancellationRequested();
            var replica = new TrainingReplica(
                model.Value.Model, options, dataset.Value.Train, dataset.Value.Evaluation,
                HubSnapshot.NameOf(spec.ModelPath) ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(spec.ModelPath)));
            // Read now: at the end of a long run the folder may be gone.
            IReadOnlyList<ResultFile> companions = ResultFiles.CompanionsOf(options.Method, modelFolder);
            var leased = new LeasedReplica(replica, companions, [dataset, model], dataset.Value.Notices);
            return new OpenedReplica(leased, model.Value.Hash, dataset.Value.Hash);
        }
        catch
        {
            dataset?.Dispose();
            model.Dispose();
            throw;
        }
    }

    private static void RefuseOther(string wanted, string present, string what, string path)
    {
        if (wanted.Length == 0 || string.Equals(wanted, present, StringComparison.Ordinal)) return;
        throw new UserErrorException($"the {what} under {path} has the content {present[..12]}...; the run asks for {wanted[..12]}...");
    }
}

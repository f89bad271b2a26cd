using LoraCluster.Client.Connection;
using LoraCluster.Client.Downloads;
using LoraCluster.Client.Evaluation;
using LoraCluster.Client.Jobs;
using LoraCluster.Client.Rendering;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Runs;
using LoraCluster.Grains.Work;
using LoraCluster.Hub;

namespace LoraCluster.Client.Commands;

/// <summary>How a finished model does on a held-out split, computed by the silos as a job that is kept.</summary>
internal sealed class EvaluateCommand(ClientContext context) : ConnectedCommand<EvaluateSettings>(context)
{
    protected override IReadOnlyList<string> Faults(EvaluateSettings settings)
    {
        Parse(settings, out IReadOnlyList<string> faults);
        return faults;
    }

    protected override async Task<int> RunAsync(EvaluateSettings settings, IClusterConnection connection, CancellationToken interrupted)
    {
        EvaluateRequest request = await WithLocalFoldersAsync(Parse(settings, out _), settings);
        (ModelSource model, RunStatus? run) = await request.Model.ResolveAsync(connection, interrupted);
        IReadOnlyList<NodeStatus> nodes = await connection.GetNodesAsync(interrupted);
        if (nodes.Count == 0) throw new ClientException(ExitCodes.NoCluster, $"{connection.Description} has no active silo");
        EvaluationSpec spec = request.ToSpec(model, run, nodes);
        if (settings.Detach) return await SubmitAsync(spec, connection, settings, interrupted);
        JobStatus job = await new JobSession(Context, connection.Jobs, settings.Json).RunAsync(spec);
        if (job.Result is EvaluationResult result && request.Predictions is { } file)
        {
            await file.WriteAsync(connection.Jobs, job, result, interrupted);
            if (!settings.Json) Messages.Write(Context.Console, $"predictions written to {file.Path}");
        }
        return JobReport.Write(Context, job, settings.Json);
    }

    private EvaluateRequest Parse(EvaluateSettings settings, out IReadOnlyList<string> faults) =>
        EvaluateRequest.Parse(settings, Context.Connector.MayBeElsewhere(settings.ClusterTarget), out faults);

    private async Task<EvaluateRequest> WithLocalFoldersAsync(EvaluateRequest request, EvaluateSettings settings)
    {
        if (Context.Connector.MayBeElsewhere(settings.ClusterTarget)) return request;
        var pull = new HubPull(Context, settings.Json);
        return request with
        {
            Model = await request.Model.WithLocalFoldersAsync(pull),
            Dataset = request.Dataset is null ? null : await pull.FolderAsync(request.Dataset, HubKind.Dataset),
        };
    }

    private async Task<int> SubmitAsync(
        EvaluationSpec spec, IClusterConnection connection, EvaluateSettings settings, CancellationToken interrupted)
    {
        JobStatus job = await connection.Jobs.SubmitAsync(JobIds.Create(spec.Kind), spec, interrupted);
        if (settings.Json) JobJson.Result(job).WriteTo(Context.RawOutput);
        else Messages.Write(Context.Console, $"{job.JobId} is submitted; its result will be in: client show {job.JobId}");
        return ExitCodes.Success;
    }
}

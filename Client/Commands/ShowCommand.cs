using LoraCluster.Client.Connection;
using LoraCluster.Client.Jobs;
using LoraCluster.Client.Rendering;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Client.Commands;

internal sealed class ShowSettings : RunSettings;

internal sealed class ShowCommand(ClientContext context) : ConnectedCommand<ShowSettings>(context)
{
    protected override async Task<int> RunAsync(ShowSettings settings, IClusterConnection connection, CancellationToken interrupted)
    {
        if (JobIds.IsValid(settings.Run)) return Show(await RequireJobAsync(connection, settings.Run, interrupted), settings.Json);
        RunStatus status = await RequireRunAsync(connection, settings.Run, interrupted);
        IReadOnlyList<EvaluationMetrics> evaluations = status.Spec.EvalSteps is null ? []
            : await connection.GetEvaluationsAsync(status.RunId, interrupted);
        if (settings.Json)
        {
            RunJson.Whole(status, evaluations).WriteTo(Context.RawOutput);
            return ExitCodes.Success;
        }
        Context.Console.Write(RunTables.Whole(status));
        if (evaluations.Count > 0) Context.Console.Write(RunTables.Evaluations(evaluations));
        if (status.Result is { } result) Context.Console.Write(RunTables.Result(status, result));
        foreach (string notice in status.Notices) Messages.Write(Context.Console, $"note: {notice}");
        return ExitCodes.Success;
    }

    protected override bool TakesJobs => true;

    private int Show(JobStatus job, bool json)
    {
        if (json)
        {
            JobJson.Whole(job).WriteTo(Context.RawOutput);
            return ExitCodes.Success;
        }
        Context.Console.Write(JobTables.Whole(job));
        foreach (JobFact fact in job.Result?.Environment ?? []) Messages.Write(Context.Console, $"{fact.Name}: {fact.Value}");
        JobReport.WriteResult(Context, job);
        return ExitCodes.Success;
    }
}

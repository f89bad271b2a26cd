using LoraCluster.Client.Connection;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Runs;
using Spectre.Console.Cli;

namespace LoraCluster.Client.Commands;

/// <summary>A command that is checked, then connected, then run. Ctrl+C leaves at once.</summary>
internal abstract class ConnectedCommand<TSettings>(ClientContext context) : AsyncCommand<TSettings> where TSettings : ClusterSettings
{
    protected ClientContext Context { get; } = context;

    public sealed override async Task<int> ExecuteAsync(CommandContext command, TSettings settings, CancellationToken cancellationToken)
    {
        ClientException.ThrowIfAny(Faults(settings));
        await using IClusterConnection connection = await Context.Connector.ConnectAsync(settings.ClusterTarget, Context.Interrupts.First);
        return await RunAsync(settings, connection, Context.Interrupts.First);
    }

    /// <summary>Everything that is wrong with the settings, before anything is connected.</summary>
    protected virtual IReadOnlyList<string> Faults(TSettings settings) =>
        settings is RunSettings { Run: var run } && !RunIds.IsValid(run) && !(TakesJobs && JobIds.IsValid(run))
            ? [$"run is '{run}'; allowed is an id as run-abcdefgh2345{(TakesJobs ? " or eval-abcdefgh2345" : "")}, "
                + "as 'client runs' lists them"] : [];

    /// <summary>True if the id may be a job's.</summary>
    protected virtual bool TakesJobs => false;

    protected abstract Task<int> RunAsync(TSettings settings, IClusterConnection connection, CancellationToken interrupted);

    protected static async Task<JobStatus> RequireJobAsync(
        IClusterConnection connection, string jobId, CancellationToken cancellationToken) =>
        await connection.Jobs.GetStatusAsync(jobId, cancellationToken)
        ?? throw new ClientException(ExitCodes.Failed,
            $"there is no job {jobId} in {connection.Description}; 'client runs' lists those that are there");

    protected static async Task<RunStatus> RequireRunAsync(
        IClusterConnection connection, string runId, CancellationToken cancellationToken) =>
        await connection.GetStatusAsync(runId, cancellationToken)
        ?? throw new ClientException(ExitCodes.Failed,
            $"there is no run {runId} in {connection.Description}; 'client runs' lists those that are there");
}

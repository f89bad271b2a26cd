using LoraCluster.Client.Connection;
using LoraCluster.Client.Rendering;
using LoraCluster.Grains;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Runs;
using Spectre.Console;

namespace LoraCluster.Client.Jobs;

/// <summary>
/// Submits a job and follows it to its end. The first Ctrl+C cancels it and waits for its end, the second leaves at once.
/// </summary>
internal sealed class JobSession(ClientContext context, IJobConnection jobs, bool json)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private bool IsInteractive => !json && context.Console.Profile.Capabilities.Interactive;

    /// <summary>Submits and follows.</summary>
    public async Task<JobStatus> RunAsync(JobSpec spec)
    {
        Interrupts interrupts = context.Interrupts;
        string jobId = JobIds.Create(spec.Kind);
        interrupts.First.ThrowIfCancellationRequested();
        using var ended = new CancellationTokenSource();
        Task cancelling = Task.CompletedTask;
        try
        {
            JobStatus first = await jobs.SubmitAsync(jobId, spec, interrupts.Second);
            cancelling = CancelOnInterruptAsync(jobId, ended.Token);
            return await FollowAsync(first, interrupts.Second);
        }
        catch (OperationCanceledException) when (interrupts.Second.IsCancellationRequested)
        {
            Messages.Write(context.Error, $"{jobId} is left behind and may go on; look again with: client show {jobId}");
            throw;
        }
        finally
        {
            await ended.CancelAsync();
            await cancelling;
        }
    }

    /// <summary>Follows a job until it is at rest, with a bar on a terminal and a line for each state elsewhere.</summary>
    public async Task<JobStatus> FollowAsync(JobStatus first, CancellationToken cancellationToken)
    {
        if (json) return await FollowAsync(first, _ => { }, cancellationToken);
        if (!IsInteractive)
        {
            string told = "";
            return await FollowAsync(first, status =>
            {
                if (RunTransitions.IsAtRest(status.State) || told == JobText.State(status)) return;
                Messages.Write(context.Console, told = JobText.State(status));
            }, cancellationToken);
        }
        return await context.Console.Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn())
            .StartAsync(async view =>
            {
                ProgressTask bar = view.AddTask(Markup.Escape(JobText.State(first)));
                return await FollowAsync(first, status =>
                {
                    (bar.MaxValue, bar.Value) = (Math.Max(1, status.Total), status.Done);
                    bar.Description = Markup.Escape(JobText.State(status));
                }, cancellationToken);
            });
    }

    private async Task<JobStatus> FollowAsync(JobStatus first, Action<JobStatus> show, CancellationToken cancellationToken)
    {
        JobStatus status = first;
        show(status);
        while (!RunTransitions.IsAtRest(status.State))
        {
            status = await jobs.WaitForChangeAsync(status.JobId, status.Version, Patience, cancellationToken);
            show(status);
        }
        return status;
    }

    private async Task CancelOnInterruptAsync(string jobId, CancellationToken ended)
    {
        Interrupts interrupts = context.Interrupts;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(interrupts.First, ended);
        await Task.Delay(Timeout.Infinite, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (ended.IsCancellationRequested) return;
        Messages.Write(context.Error, $"cancelling {jobId}; Ctrl+C again leaves at once");
        try { await jobs.CancelAsync(jobId, interrupts.Second); }
        catch (ClusterRequestException) { /* it came to rest in the meantime: its end is shown */ }
        catch (OperationCanceledException) { /* the second interrupt */ }
        catch (ClientException) { /* the cluster is lost: the follower says so */ }
    }
}

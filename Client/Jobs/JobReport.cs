using LoraCluster.Client.Rendering;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Runs;
using LoraCluster.Reports.Words;

namespace LoraCluster.Client.Jobs;

/// <summary>The end of a job that was followed: what is printed, and the exit code.</summary>
internal static class JobReport
{
    public static int Write(ClientContext context, JobStatus job, bool json)
    {
        if (json) JobJson.Result(job).WriteTo(context.RawOutput);
        else if (job.State == RunState.Completed) WriteResult(context, job);
        else
        {
            string reason = job.Reason.Length > 0 ? $": {job.Reason}" : "";
            Messages.Write(context.Error, $"{job.JobId} is {ProgressText.Of(job.State)}{reason}", RunColors.Of(job.State));
        }
        bool interrupted = job.State == RunState.Cancelled && context.Interrupts.First.IsCancellationRequested;
        return job.State == RunState.Completed ? ExitCodes.Success : interrupted ? ExitCodes.Interrupted : ExitCodes.Failed;
    }

    /// <summary>The notices and the result of a job; without a result, the notices.</summary>
    public static void WriteResult(ClientContext context, JobStatus job)
    {
        foreach (string notice in job.Notices) Messages.Write(context.Console, $"note: {notice}");
        if (job.Result is EvaluationResult evaluation)
        {
            context.Console.Write(JobTables.Result(evaluation));
            if (JobTables.Confusion(evaluation) is { } confusion) context.Console.Write(confusion);
        }
        if (job.Result is BenchmarkResult benchmark)
        {
            context.Console.Write(BenchmarkTables.Of(benchmark));
            context.Console.Write(RunTables.Pairs(benchmark.Environment.Select(fact => (fact.Name, fact.Value))));
            Messages.Write(context.Console, $"{job.JobId}: {benchmark.KeyFigure}");
        }
    }
}

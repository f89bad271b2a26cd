using Microsoft.Extensions.DependencyInjection;

namespace LoraCluster.AppHost;

/// <summary>The last lines that a resource wrote, for when it dies.</summary>
internal sealed class LogTail(int capacity)
{
    private readonly Queue<string> lines = new();

    /// <summary>Follows the resource's log until cancelled.</summary>
    public async Task FollowAsync(IServiceProvider services, IResource resource, CancellationToken cancellationToken)
    {
        var logs = services.GetRequiredService<ResourceLoggerService>();
        await foreach (var batch in logs.WatchAsync(resource).WithCancellation(cancellationToken))
        {
            lock (lines)
            {
                foreach (var line in batch)
                {
                    string text = LogText.Of(line);
                    if (LogText.IsNote(text)) continue;
                    if (lines.Count == capacity) lines.Dequeue();
                    lines.Enqueue(text);
                }
            }
        }
    }

    /// <summary>The lines so far, and none of them a second time.</summary>
    public IReadOnlyList<string> Take()
    {
        lock (lines)
        {
            string[] taken = [.. lines];
            lines.Clear();
            return taken;
        }
    }
}

using System.Threading.Channels;

namespace LoraCluster.Grains.Work;

/// <summary>Where a piece of work writes its results; used on the work's own thread, which waits here while the reader is behind.</summary>
internal sealed class WorkOutput<T>(ChannelWriter<T> parts, CancellationToken stopping)
{
    /// <summary>Cancelled when nobody waits for the result any more.</summary>
    public CancellationToken Stopping => stopping;

    /// <summary>Hands a part on.</summary>
    /// <exception cref="OperationCanceledException">Nobody waits for it any more.</exception>
    public void Write(T part)
    {
        stopping.ThrowIfCancellationRequested();
        parts.WriteAsync(part, stopping).AsTask().GetAwaiter().GetResult();
    }
}

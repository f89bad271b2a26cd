using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using LoraCluster.Grains.Nodes;
using LoraCluster.Kernels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LoraCluster.Grains.Work;

/// <summary>
/// Runs pieces of tensor work on this silo: one at a time, each on a thread of its own, with the threads of one trainer slot. A grain's
/// thread only waits for parts and passes them on.
/// </summary>
internal sealed partial class WorkThreads(IOptions<NodeOptions> node, ILogger<WorkThreads> logger)
{
    /// <summary>Most pieces that may be computed or wait.</summary>
    public const int MostAtOnce = 16;

    private const int PartsAhead = 4;
    private readonly SemaphoreSlim _turn = new(1);
    private int _known;
    private readonly Lock _holding = new();
    private volatile string? _heldBy;

    /// <summary>A benchmark has the silo for itself: nothing else begins.</summary>
    public void Hold(string benchmark)
    {
        lock (_holding) _heldBy = benchmark;
    }

    /// <summary>That benchmark is over. The next one may hold the silo already, and keeps it.</summary>
    public void LetGo(string benchmark)
    {
        lock (_holding)
        {
            if (_heldBy == benchmark) _heldBy = null;
        }
    }

    /// <summary>Pieces that are computed or wait.</summary>
    public int Count => Volatile.Read(ref _known);

    /// <summary>Runs a piece of work and gives its parts as they come. Whoever stops reading ends it.</summary>
    /// <param name="name">What it is, for the log.</param>
    /// <param name="work">The work; its exceptions for users end the stream as refusals.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async IAsyncEnumerable<T> RunAsync<T>(
        string name, Action<WorkOutput<T>> work, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Channel<T> parts = Channel.CreateBounded<T>(PartsAhead);
        await EnterAsync(cancellationToken);
        // Its context (trace, request) is not taken along: the thread may outlive the call.
        var thread = new Thread(() => Compute(name, work, parts.Writer, stopping.Token)) { IsBackground = true, Name = $"work: {name}" };
        thread.UnsafeStart();
        try
        {
            await foreach (T part in parts.Reader.ReadAllAsync(cancellationToken)) yield return part;
        }
        finally { await stopping.CancelAsync(); }
    }

    private async Task EnterAsync(CancellationToken cancellationToken)
    {
        if (_heldBy is { } benchmark)
            throw new ClusterRequestException($"{Environment.MachineName} is held by {benchmark} alone; try again once that is over");
        if (Interlocked.Increment(ref _known) > MostAtOnce)
        {
            Interlocked.Decrement(ref _known);
            throw new ClusterRequestException(string.Create(CultureInfo.InvariantCulture,
                $"{MostAtOnce} pieces of work are computed or wait on {Environment.MachineName} already; try again later"));
        }
        try { await _turn.WaitAsync(cancellationToken); }
        catch
        {
            Interlocked.Decrement(ref _known);
            throw;
        }
    }

    private void Compute<T>(string name, Action<WorkOutput<T>> work, ChannelWriter<T> parts, CancellationToken stopping)
    {
        Exception? fault = null;
        try
        {
            TorchThreads.Set(Math.Max(1, node.Value.Threads / Math.Max(1, node.Value.Slots)));
            work(new WorkOutput<T>(parts, stopping));
        }
        catch (OperationCanceledException e) when (stopping.IsCancellationRequested) { fault = e; }
        catch (ClusterRequestException e) { fault = e; }
        catch (UserErrorException e) { fault = new ClusterRequestException(e.Message); }
        catch (Exception e)
        {
            LogFailed(logger, name, e);
            fault = new ClusterRequestException($"{name} failed on {Environment.MachineName}: {e.GetType().Name}: {e.Message}");
        }
        Interlocked.Decrement(ref _known);
        _turn.Release();
        parts.TryComplete(fault);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The work {Name} failed")]
    private static partial void LogFailed(ILogger logger, string name, Exception exception);
}

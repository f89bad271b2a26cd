using System.Net.Sockets;
using LoraCluster.Grains.Runs;
using Microsoft.Extensions.Logging;

namespace LoraCluster.Grains.Nodes;

/// <summary>
/// Tells the cluster at once of a silo whose process is gone. The membership's own detection must stay slow, since a starved silo looks
/// dead; but where the operating system refuses the connection again and again, nobody listens there any more, and that is certain. Until
/// the membership knows, grains that lived there (or whose directory entry did) cannot be reached. Each silo watches the next two.
/// </summary>
internal sealed partial class SiloWatch(
    IClusterMembershipService membership, ILocalSiloDetails self, IGrainFactory grains, RunTimings timings, TimeProvider time,
    ILogger<SiloWatch> logger)
    : ILifecycleParticipant<ISiloLifecycle>
{
    private const int Neighbours = 2;
    private const int Dials = 3;
    private static readonly TimeSpan DialPeriod = TimeSpan.FromMilliseconds(300);
    private readonly CancellationTokenSource _stopping = new();
    private Task _watching = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(SiloWatch), ServiceLifecycleStage.Active, Start, StopAsync);

    private Task Start(CancellationToken cancellationToken)
    {
        _watching = Task.Run(() => WatchAsync(_stopping.Token), CancellationToken.None);
        return Task.CompletedTask;
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task WatchAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(timings.PingPeriod, time);
        using System.Diagnostics.Activity? quiet = Telemetry.Unsampled();
        while (await timer.WaitForNextTickAsync(stopping))
            await Task.WhenAll(NextSilos().Select(silo => CheckAsync(silo, stopping)));
    }

    private IEnumerable<SiloAddress> NextSilos()
    {
        List<SiloAddress> ring = [.. membership.CurrentSnapshot.Members.Values
            .Where(m => m.Status == SiloStatus.Active).Select(m => m.SiloAddress).Order()];
        int own = ring.IndexOf(self.SiloAddress);
        return own < 0 ? [] : Enumerable.Range(1, Math.Min(Neighbours, ring.Count - 1)).Select(k => ring[(own + k) % ring.Count]);
    }

    private async Task CheckAsync(SiloAddress silo, CancellationToken stopping)
    {
        try { await grains.GetGrain<INodeGrain>(INodeGrain.KeyOf(silo)).DescribeAsync().WaitAsync(timings.PingPatience, time, stopping); }
        catch (Exception e) when (e is OrleansException)
        {
            try
            {
                if (!await IsRefusedAsync(silo, stopping)) return;
                LogGone(logger, silo);
                await membership.TryKill(silo);
            }
            catch (Exception failure) when (failure is not OperationCanceledException) { LogNotTold(logger, silo, failure); }
        }
        catch (TimeoutException) { }
    }

    private static async Task<bool> IsRefusedAsync(SiloAddress silo, CancellationToken stopping)
    {
        for (int dial = 0; dial < Dials; dial++)
        {
            if (dial > 0) await Task.Delay(DialPeriod, stopping);
            using var socket = new Socket(silo.Endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(silo.Endpoint, stopping);
                return false;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused) { }
            catch (SocketException) { return false; }
        }
        return true;
    }

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Nothing listens at silo {Silo} any more: its process is gone, and the cluster is told so")]
    private static partial void LogGone(ILogger logger, SiloAddress silo);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The cluster could not be told that silo {Silo} is gone")]
    private static partial void LogNotTold(ILogger logger, SiloAddress silo, Exception exception);
}

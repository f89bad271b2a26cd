using System.Diagnostics;
using LoraCluster.Grains.Collectives;
using LoraCluster.Grains.Placement;
using LoraCluster.Grains.Trainers;
using LoraCluster.Training;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Concurrency;
using Orleans.GrainDirectory;
using Orleans.Placement;

namespace LoraCluster.Grains.Benchmarks;

/// <summary>Runs a replica on a thread of its own, with the all-reduce of training and nothing beside it: no checkpoints, no
/// reports.</summary>
[PinnedPlacement, GrainDirectory(PinnedGrainDirectory.Name), Immovable, Reentrant]
public sealed class ScalingWorkerGrain(IServiceProvider services) : Grain, IScalingWorkerGrain
{
    /// <inheritdoc/>
    public async Task<ScalingShare> TrainAsync(ScalingTask task, CancellationToken cancellationToken = default)
    {
        ITrainingReplicaFactory replicas = services.GetRequiredService<ITrainingReplicaFactory>();
        ICoordinatorGrain coordinator = GrainFactory.GetGrain<ICoordinatorGrain>(task.Coordinator);
        try
        {
            return await Task.Factory.StartNew(() => Train(task, replicas, coordinator, cancellationToken), cancellationToken,
                TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        catch (UserErrorException e) { throw new ClusterRequestException(e.Message); }
        finally { DeactivateOnIdle(); }
    }

    private static ScalingShare Train(
        ScalingTask task, ITrainingReplicaFactory replicas, ICoordinatorGrain coordinator, CancellationToken stop)
    {
        using ITrainingReplica replica = replicas.Open(task.Spec, stop).Replica;
        var plan = new CollectivePlan
        {
            RunId = task.Collective, Membership = 1, Places = task.Places, LayoutHash = replica.Layout.Hash, Values = replica.Layout.Length,
            TensorNames = [.. replica.Layout.Slots.Select(slot => slot.Name)], FirstStep = 0, Steps = replica.Steps,
        };
        // Every worker says the same, and the first that is ready is heard.
        coordinator.StartAsync(plan).WaitAsync(stop).GetAwaiter().GetResult();
        var channel = new AllReduceChannel(coordinator, plan, task.Worker);
        UInt128[] hashes = replica.HashState();
        var (times, waits, rows) = (new List<double>(), new List<double>(), new List<int>());
        while (replica.Step < replica.Steps)
        {
            stop.ThrowIfCancellationRequested();
            long begin = Stopwatch.GetTimestamp();
            int leaves = replica.MicroBatches;
            (TreeNode, GradientSum)[] own =
                [.. WorkShare.NodesOf(task.Worker, plan.World, leaves).Select(node => (node, Sum(replica, node, leaves)))];
            long sent = Stopwatch.GetTimestamp();
            ReducedStep reduced = channel.AllReduce(replica.Step, leaves, own, hashes, stop);
            waits.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            rows.Add(replica.ApplyStep(reduced.Sum!).Rows);
            hashes = replica.HashState();
            times.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
        }
        return new ScalingShare(times, waits, rows);
    }

    private static GradientSum Sum(ITrainingReplica replica, TreeNode node, int leaves)
    {
        var reducer = new TreeReducer(node, leaves);
        int end = Math.Min(node.FirstLeaf + (1 << node.Level), leaves);
        for (int leaf = node.FirstLeaf; leaf < end; leaf++) reducer.Add(new TreeNode(0, leaf), replica.ComputeMicroBatch(leaf));
        return reducer.Result!;
    }
}

using LoraCluster.Grains;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Work;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace LoraCluster.Tests.Unit.Cluster;

public sealed class WorkThreadsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly WorkThreads _threads = new(Options.Create(new NodeOptions()), NullLogger<WorkThreads>.Instance);

    [Fact]
    public async Task Parts_come_in_order_from_a_thread_of_its_own()
    {
        string? thread = null;
        List<int> parts = await ReadAsync<int>("count", output =>
        {
            thread = Thread.CurrentThread.Name;
            for (int i = 0; i < 100; i++) output.Write(i);
        });
        Assert.Equal(Enumerable.Range(0, 100), parts);
        Assert.Equal("work: count", thread);
    }

    [Fact]
    public async Task One_piece_is_computed_at_a_time()
    {
        int inside = 0, most = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ReadAsync<int>("piece", output =>
        {
            most = Math.Max(most, Interlocked.Increment(ref inside));
            output.Write(1);
            Interlocked.Decrement(ref inside);
        })));
        Assert.Equal(1, most);
    }

    [Fact]
    public async Task A_reader_that_stops_ends_the_work_and_lets_the_next_in()
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await foreach (int part in _threads.RunAsync<int>("endless", output =>
        {
            try
            {
                for (int i = 0; ; i++) output.Write(i);
            }
            finally { ended.SetResult(); }
        }, CancellationToken.None))
        {
            if (part == 3) break;
        }
        await ended.Task.WaitAsync(Patience);
        Assert.Equal([7], await ReadAsync<int>("next", output => output.Write(7)));
    }

    [Fact]
    public async Task Nothing_begins_while_a_benchmark_has_the_silo_for_itself()
    {
        _threads.Hold("bench-earlier23456");
        _threads.Hold("bench-abcdefgh2345");
        _threads.LetGo("bench-earlier23456");
        var refused = await Assert.ThrowsAsync<ClusterRequestException>(() => ReadAsync<int>("piece", output => output.Write(1)));
        Assert.Contains("is held by bench-abcdefgh2345 alone", refused.Message, StringComparison.Ordinal);
        _threads.LetGo("bench-abcdefgh2345");
        Assert.Equal([1], await ReadAsync<int>("piece", output => output.Write(1)));
        Assert.Equal(0, _threads.Count);
    }

    [Fact]
    public async Task More_than_may_wait_are_refused()
    {
        using var open = new ManualResetEventSlim();
        Task<List<int>>[] waiting = [.. Enumerable.Range(0, WorkThreads.MostAtOnce)
            .Select(_ => ReadAsync<int>("held", _ => Assert.True(open.Wait(Patience))))];
        var refused = await Assert.ThrowsAsync<ClusterRequestException>(() => ReadAsync<int>("one more", _ => { }));
        Assert.Contains("try again later", refused.Message, StringComparison.Ordinal);
        open.Set();
        await Task.WhenAll(waiting).WaitAsync(Patience);
        Assert.Empty(await ReadAsync<int>("after", _ => { }));
    }

    [Fact]
    public async Task What_a_user_did_wrong_is_a_refusal_and_so_is_a_fault_of_ours()
    {
        var refused = await Assert.ThrowsAsync<ClusterRequestException>(() =>
            ReadAsync<int>("merge", _ => throw new UserErrorException("the file is broken")));
        Assert.Equal("the file is broken", refused.Message);
        refused = await Assert.ThrowsAsync<ClusterRequestException>(() =>
            ReadAsync<int>("merge", _ => throw new InvalidOperationException("a fault")));
        Assert.Contains("InvalidOperationException: a fault", refused.Message, StringComparison.Ordinal);
    }

    private Task<List<T>> ReadAsync<T>(string name, Action<WorkOutput<T>> work)
    {
        return ReadAllAsync().WaitAsync(Patience);

        async Task<List<T>> ReadAllAsync()
        {
            var parts = new List<T>();
            await foreach (T part in _threads.RunAsync(name, work, CancellationToken.None)) parts.Add(part);
            return parts;
        }
    }
}

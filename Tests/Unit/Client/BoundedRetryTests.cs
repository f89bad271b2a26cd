using LoraCluster.Client.Connection;
using Microsoft.Extensions.Time.Testing;

namespace LoraCluster.Tests.Unit.Client;

public sealed class BoundedRetryTests
{
    private readonly FakeTimeProvider _time = new() { AutoAdvanceAmount = TimeSpan.Zero };

    [Fact]
    public async Task A_call_that_fails_on_the_way_is_repeated()
    {
        int calls = 0;
        Task<int> result = Retry()
            .RunAsync(attempt => ++calls < 3 ? throw new TimeoutException() : Task.FromResult(attempt), e => e, default);
        while (!result.IsCompleted) _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(3, await result);
    }

    [Fact]
    public async Task It_is_bounded_and_ends_in_one_clear_error()
    {
        Task<int> result = Retry()
            .RunAsync<int>(_ => throw new TimeoutException("late"), e => new InvalidOperationException("lost", e), default);
        while (!result.IsCompleted) _time.Advance(TimeSpan.FromSeconds(1));
        var lost = await Assert.ThrowsAsync<InvalidOperationException>(() => result);
        Assert.Equal("late", lost.InnerException!.Message);
    }

    [Fact]
    public async Task Any_other_failure_comes_at_once()
    {
        int calls = 0;
        Task<int> result = Retry().RunAsync<int>(_ => { calls++; throw new ArgumentException("no"); }, e => e, default);
        await Assert.ThrowsAsync<ArgumentException>(() => result);
        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task Cancelling_ends_a_call_that_does_not_come_back()
    {
        using var source = new CancellationTokenSource();
        Task<int> result = Retry().RunAsync(_ => new TaskCompletionSource<int>().Task, e => e, source.Token);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => result.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    private BoundedRetry Retry() => new(_time, e => e is TimeoutException, TimeSpan.FromSeconds(20));
}

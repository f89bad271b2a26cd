using System.Globalization;
using System.Net;
using LoraCluster.ServiceDefaults;

namespace LoraCluster.Tests.EndToEnd;

/// <summary>The store as a process: what it keeps, whom it lets in.</summary>
[Trait("Category", "EndToEnd")]
[Collection(EndToEndCollection.Name)]
public sealed class StoreTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly TemporaryFolder folder = new();
    private readonly int port = FreePort.On(IPAddress.Loopback);

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task What_was_written_outlasts_a_kill_and_a_stop()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the test speaks to processes by signals");
        foreach (int signal in new[] { ProgramUnderTest.Kill, ProgramUnderTest.Terminate })
        {
            await using var store = Start();
            await store.LineAsync("Store: ", Patience);
            await using (var connection = await StoreConnection.OpenAsync(Address()))
            {
                if (signal == ProgramUnderTest.Kill) await connection.WriteClusterIdAsync("c1");
                else Assert.Equal("c1", await connection.ReadClusterIdAsync());
            }
            store.Send(signal);
            int code = await store.ExitAsync(Patience);
            if (signal == ProgramUnderTest.Terminate) Assert.Equal(0, code);
        }
        await using var last = Start();
        await last.LineAsync("Store: ", Patience);
        await using var again = await StoreConnection.OpenAsync(Address());
        Assert.Equal("c1", await again.ReadClusterIdAsync());
    }

    [Fact]
    public async Task Each_way_of_not_getting_in_is_said_for_itself()
    {
        Assert.Contains("no store answers", (await Refused(Address())).Message, StringComparison.Ordinal);
        Assert.Contains("no StackExchange.Redis string", (await Refused("127.0.0.1:1,colour=red")).Message, StringComparison.Ordinal);

        await using var store = Start(("LORACLUSTER_STORE_PASSWORD", "open"));
        await store.LineAsync("Store: ", Patience);
        Assert.Contains("wants a password", (await Refused(Address())).Message, StringComparison.Ordinal);
        var refused = await Refused(Address("shut"));
        Assert.Contains("refuses the password", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("shut", refused.Message, StringComparison.Ordinal);

        await using var connection = await StoreConnection.OpenAsync(Address("open"));
        var nameless = await Assert.ThrowsAsync<StoreException>(connection.ReadClusterIdAsync);
        Assert.Contains("names no cluster", nameless.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cluster_that_ends_takes_only_its_own_name_away()
    {
        await using var store = Start();
        await store.LineAsync("Store: ", Patience);
        await using var connection = await StoreConnection.OpenAsync(Address());
        await connection.WriteClusterIdAsync("newer");
        await connection.WriteClusterIdIfAbsentAsync("late");

        await connection.ForgetClusterAsync("older");
        Assert.Equal("newer", await connection.TryReadClusterIdAsync());
        await connection.ForgetClusterAsync("newer");
        Assert.Null(await connection.TryReadClusterIdAsync());
    }

    private static Task<StoreException> Refused(string address) =>
        Assert.ThrowsAsync<StoreException>(async () => await (await StoreConnection.OpenAsync(address)).DisposeAsync());

    private ProgramUnderTest Start(params (string, string)[] environment) => ProgramUnderTest.Start(
        "Store", ["--port", port.ToString(CultureInfo.InvariantCulture), "--data", folder.File("store")], environment);

    private string Address(string? password = null) =>
        FormattableString.Invariant($"127.0.0.1:{port}") + (password is null ? "" : $",password={password}");
}

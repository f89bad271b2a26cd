using System.Security.Cryptography;
using LoraCluster.AppHost.RunRows;
using LoraCluster.ServiceDefaults;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LoraCluster.AppHost;

/// <summary>One start of a local cluster, from the choice of its store to the last process gone.</summary>
internal sealed class LocalClusterHost
{
    private const string Dashboard = "aspire-dashboard";
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(2);
    private readonly AppHostArguments arguments;
    private readonly ClusterAddress address;
    private readonly StorePlace? place;
    private readonly DistributedApplication app;
    private readonly ClusterModel model;
    private readonly Supervisor supervisor, pagesSupervisor;

    private LocalClusterHost(AppHostArguments arguments, ClusterAddress address, StorePlace? place)
    {
        (this.arguments, this.address, this.place) = (arguments, address, place);
        DashboardEnvironment.Set(arguments.DashboardPort);
        var options = new DistributedApplicationOptions { Args = [], TrustDeveloperCertificate = false };
        var builder = DistributedApplication.CreateBuilder(options);
        builder.Configuration["Logging:LogLevel:Default"] = "Warning";
        // The keys protect the dashboard's cookies on loopback, and no more.
        builder.Configuration["Logging:LogLevel:Microsoft.AspNetCore.DataProtection"] = "Error";
        // It logs the cancellation of a start as an error; a start that fails throws besides.
        builder.Configuration["Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host"] = "None";
        builder.Configuration["DcpPublisher:WaitForResourceCleanup"] = "true";
        model = ClusterModel.Build(builder, arguments, address, place);
        app = builder.Build();
        supervisor = new Supervisor(app, [.. Processes()], TimeProvider.System);
        // Apart: a cluster serves without its pages too.
        pagesSupervisor = new Supervisor(app, [model.Pages.Resource], TimeProvider.System);
    }

    public static async Task<int> RunAsync(AppHostArguments arguments)
    {
        string clusterId = "local-" + RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz234567", 8);
        if (arguments.Redis is { } redis)
        {
            try
            {
                await using var there = await StoreConnection.OpenAsync(redis);
            }
            catch (StoreException e)
            {
                return Refuse(e.Message);
            }
            return await new LocalClusterHost(arguments, new ClusterAddress(redis, clusterId), null).RunAsync();
        }
        var (place, fault) = StorePlace.Choose(arguments);
        if (place is null) return Refuse(fault!);
        using (place) return await new LocalClusterHost(arguments, new ClusterAddress(place.ConnectionString, clusterId), place).RunAsync();
    }

    private static int Refuse(string fault)
    {
        Console.Error.WriteLine($"error: {fault}");
        return ExitCodes.Unusable;
    }

    private async Task<int> RunAsync()
    {
        using var impatience = Interrupts.ExitAtTheSecond();
        await using var disposing = app;
        var stopping = app.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        int exitCode = ExitCodes.Success;
        Task supervising = Task.CompletedTask, starting = Task.CompletedTask, rows = Task.CompletedTask, pages = Task.CompletedTask;
        LocalCluster? local = null;
        try
        {
            Console.WriteLine("LoraCluster: starting; Ctrl+C stops it");
            supervising = Task.WhenAll(supervisor.RunAsync(watching.Token), pagesSupervisor.RunAsync(watching.Token));
            // It returns when every resource has started, so long after there is something to see.
            starting = app.StartAsync(watching.Token);
            var dashboard = app.ResourceNotifications.WaitForResourceAsync(Dashboard, KnownResourceStates.Running, stopping);
            if (await Task.WhenAny(dashboard, starting) == starting) await starting;
            await dashboard.WaitAsync(StartPatience, stopping);
            Announcement.Started(place);
            pages = AnnouncePagesAsync(watching.Token);
            local = await PublishAddressAsync(stopping);
            if (local is not null) rows = RunRowsClient.RunAsync(app, model, address, watching.Token);
            exitCode = await ServeAsync(stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            Console.WriteLine("LoraCluster: stopping");
        }
        finally
        {
            await watching.CancelAsync();
            foreach (var task in new[] { rows, pages, supervising, starting }) await IgnoreCancellationAsync(task);
            local?.Remove();
            await OrderlyStop.StopEachAsync(app,
                [model.QuickStart.Resource, model.Pages.Resource, .. Enumerable.Reverse([.. Processes()]).Except(StoreAlone())]);
            await ForgetClusterAsync();
            await OrderlyStop.StopRestAsync(app);
        }
        Console.WriteLine("LoraCluster: stopped");
        return exitCode;
    }

    /// <summary>Until Ctrl+C, or the end of the quick start with --once, or a part that cannot be kept up.</summary>
    private async Task<int> ServeAsync(CancellationToken stopping)
    {
        var ready = Task.WhenAll(model.Silos.Select(s => app.ResourceNotifications.WaitForResourceHealthyAsync(
            s.Resource.Name, WaitBehavior.WaitOnResourceUnavailable, stopping)));
        if (await Task.WhenAny(ready, supervisor.GivenUp) != ready) return await GiveUpAsync();
        await ready;
        Announcement.Ready(model);
        if (arguments.QuickStart)
        {
            var quickStart = QuickStartRun.FollowAsync(app, model.QuickStart.Resource, stopping);
            if (await Task.WhenAny(quickStart, supervisor.GivenUp) != quickStart && arguments.Once) return await GiveUpAsync();
            int? code = await quickStart;
            if (arguments.Once) return code ?? ExitCodes.Failed;
            Announcement.QuickStartEnded(code);
        }
        Announcement.Serving(address, arguments, place);
        var verdict = await supervisor.GivenUp.WaitAsync(stopping);
        if (verdict.Resource == model.Store?.Resource) return await GiveUpAsync();
        await Task.Delay(Timeout.Infinite, stopping);
        return ExitCodes.Success;
    }

    private async Task<int> GiveUpAsync() =>
        (await supervisor.GivenUp).ExitCode == ExitCodes.Unusable ? ExitCodes.Unusable : ExitCodes.Failed;

    private async Task<LocalCluster?> PublishAddressAsync(CancellationToken stopping)
    {
        if (model.Store is not null)
        {
            var healthy = app.ResourceNotifications.WaitForResourceHealthyAsync(
                model.Store.Resource.Name, WaitBehavior.WaitOnResourceUnavailable, stopping);
            if (await Task.WhenAny(healthy, supervisor.GivenUp) != healthy) return null;
            await healthy;
        }
        await using var store = await StoreConnection.OpenAsync(address.Store);
        await store.WriteClusterIdAsync(address.ClusterId);
        var urls = new Dictionary<string, string> { ["dashboard"] = DashboardEnvironment.LoginUrl, ["pages"] = model.PagesPlace.Url };
        var cluster = LocalCluster.OfThisProcess(address, urls);
        if (cluster.TryWrite() is null)
            Console.WriteLine($"no state folder can be written: clients find this cluster only by --redis {address.Store.Split(',')[0]}");
        return cluster;
    }

    private async Task AnnouncePagesAsync(CancellationToken cancellationToken)
    {
        await app.ResourceNotifications.WaitForResourceHealthyAsync(model.Pages.Resource.Name, cancellationToken);
        Announcement.PagesReady(model.PagesPlace);
    }

    /// <summary>Our own store keeps runs and adapters, not every start's list of silos. On another's, silos may go on without us.</summary>
    private async Task ForgetClusterAsync()
    {
        if (place is null) return;
        try
        {
            await using var store = await StoreConnection.OpenAsync(address.Store);
            await store.ForgetClusterAsync(address.ClusterId);
        }
        catch (StoreException)
        {
            // The store is gone already; the next start replaces the name.
        }
    }

    private IEnumerable<IResource> Processes() => [.. StoreAlone(), .. model.Silos.Concat(model.Spares).Select(s => s.Resource)];

    private IEnumerable<IResource> StoreAlone() => model.Store is { } store ? [store.Resource] : [];

    private static async Task IgnoreCancellationAsync(Task task)
    {
        try
        {
            await task;
        }
        catch (OperationCanceledException)
        {
        }
    }
}

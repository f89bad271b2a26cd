using System.Globalization;
using LoraCluster.ServiceDefaults;

namespace LoraCluster.AppHost;

/// <summary>What the app host tells the user, in the order in which it happens.</summary>
internal static class Announcement
{
    public static void Started(StorePlace? place)
    {
        Console.WriteLine($"Dashboard: {DashboardEnvironment.LoginUrl}");
        if (place is null) return;
        Console.WriteLine($"Store: {place.Describe()}");
        if (place.PasswordIsNew) Console.WriteLine($"Store password, shown this once: {place.Password}");
    }

    public static void PagesReady(RunPages pages) => Console.WriteLine($"Run pages: {pages.Url}");

    public static void Ready(ClusterModel model) =>
        Console.WriteLine($"Silos: {string.Join(", ", model.Silos.Select(s => s.Resource.Name))} active");

    public static void QuickStartEnded(int? exitCode)
    {
        if (exitCode == ExitCodes.Success) return;
        Console.Error.WriteLine(exitCode is { } code
            ? string.Create(CultureInfo.InvariantCulture, $"The quick start failed (exit code {code}).")
            : "The quick start did not start; the dashboard says why.");
    }

    public static void Serving(ClusterAddress address, AppHostArguments arguments, StorePlace? place)
    {
        Console.WriteLine("The cluster serves until Ctrl+C. In another terminal:");
        Console.WriteLine("  dotnet run --project Client -- cluster");
        Console.WriteLine("  dotnet run --project Client -- train --model DIR --dataset DIR");
        if (arguments.Bind is null) return;
        // The password is not repeated: it was printed once, or the user gave it.
        string password = place?.Password is null ? "" : ",password=PASSWORD";
        Console.WriteLine("From another machine:");
        Console.WriteLine($"  dotnet run --project Silo -- --redis {address.Store.Split(',')[0]}{password}");
    }
}

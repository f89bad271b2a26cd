using System.Globalization;
using LoraCluster.Dashboard;
using LoraCluster.ServiceDefaults;

// Exit codes: 0 stopped, 1 failed, as a store that does not answer, 2 what was given cannot be used.
if (args.Contains("--help"))
{
    Console.WriteLine(DashboardOptions.Help);
    return 0;
}
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.InvariantCulture;
DashboardOptions options;
try
{
    options = DashboardOptions.Parse(args, Environment.GetEnvironmentVariable);
}
catch (StoreException e)
{
    return Refuse(e, 2);
}
try
{
    await using WebApplication app = await DashboardHost.BuildAsync(options);
    await app.RunAsync();
    return 0;
}
catch (Exception e) when (e is StoreException or IOException)
{
    return Refuse(e, 1);
}

static int Refuse(Exception e, int code)
{
    foreach (string line in e.Message.Split(Environment.NewLine)) Console.Error.WriteLine($"error: {line}");
    return code;
}

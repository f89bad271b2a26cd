using LoraCluster.AppHost;

var (arguments, faults) = AppHostArguments.Parse(args);
if (arguments is null)
{
    foreach (string fault in faults) Console.Error.WriteLine($"error: {fault}");
    return ExitCodes.Unusable;
}
if (arguments.Help)
{
    Console.WriteLine(AppHostArguments.HelpText);
    return ExitCodes.Success;
}
using var home = HomeFolder.Ensure();
return await LocalClusterHost.RunAsync(arguments);

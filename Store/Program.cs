using System.Runtime.InteropServices;
using Garnet;
using Garnet.common;
using LoraCluster.Store;
using Microsoft.Extensions.Logging;

// Exit codes: 0 stopped, 1 failed, 2 what was given cannot be used.
if (args.Contains("--help"))
{
    Console.WriteLine(StoreOptions.Help);
    return 0;
}
var (options, faults) = StoreOptions.Parse(args, Environment.GetEnvironmentVariable);
if (options is null)
{
    foreach (string fault in faults) Console.Error.WriteLine($"error: {fault}");
    return 2;
}

// Caught before anything is opened, so that a signal at any moment ends in a closed log.
using var stop = new ManualResetEventSlim();
using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);

bool temporary = options.DataFolder is null;
string data = options.DataFolder ?? Directory.CreateTempSubdirectory("loracluster-store-").FullName;
try
{
    Directory.CreateDirectory(data);
    // The store of an app host that was killed needs some seconds to notice, and the next one comes at once.
    using var folder = DataFolderLock.TryTake(data, TimeSpan.FromSeconds(15), stop.WaitHandle);
    if (folder is null)
    {
        Console.Error.WriteLine($"error: another store is at work in {data}; stop it, or give this one another folder by --data.");
        return 2;
    }
    using var logging = LoggerFactory.Create(b => b.AddSimpleConsole(o => o.SingleLine = true).SetMinimumLevel(LogLevel.Warning)
        .AddFilter("ArgParser", LogLevel.Error));
    using var server = new GarnetServer(options.ToGarnetArguments(data), logging);
    server.Start();
    Console.WriteLine($"Store: {options.Bind}:{options.Port}, data in {data}{(temporary ? " (temporary)" : "")}");
    stop.Wait();
    Console.WriteLine("Store: stopped");
    return 0;
}
catch (Exception e) when (e is GarnetException or IOException or UnauthorizedAccessException or System.Net.Sockets.SocketException)
{
    Console.Error.WriteLine($"error: the store cannot run at {options.Bind}:{options.Port} with its data in {data}: {e.Message}");
    return 1;
}
finally
{
    if (temporary) Directory.Delete(data, recursive: true);
}

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Set();
}

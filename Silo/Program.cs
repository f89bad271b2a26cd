using LoraCluster;
using LoraCluster.Devices;
using LoraCluster.Grains.Benchmarks;
using LoraCluster.Kernels;
using LoraCluster.ServiceDefaults;
using LoraCluster.Silo;
using Microsoft.AspNetCore.Connections;

// Exit codes: 0 stopped, 1 failed, 2 what was given cannot be used (starting again would not help).
if (args.Contains("--help"))
{
    Console.WriteLine(SiloOptions.Help);
    return 0;
}
bool child = args is [BenchmarkChild.Argument];
try
{
    var options = SiloOptions.Parse(child ? [] : args, Environment.GetEnvironmentVariable);
    if (options.LibTorch is { } folder)
        Console.WriteLine($"libtorch {LibTorchLocation.Use(folder)} from {folder} (the build is for {LibTorchLocation.BuiltFor})");
    NativeHeap.KeepFreedPages();
    // A silo starts its own program for what a benchmark measures in a process of its own.
    if (child) return BenchmarkChild.Run(Console.In, Console.Out);
    await using var app = await SiloHost.BuildAsync(options, ComputeDevice.Resolve(options.Device));
    await app.RunAsync();
    return 0;
}
catch (Exception e) when (e is UserErrorException or StoreException or IOException { InnerException: AddressInUseException })
{
    foreach (string line in e.Message.Split(Environment.NewLine)) Console.Error.WriteLine($"error: {line}");
    return e is UserErrorException ? 2 : 1;
}

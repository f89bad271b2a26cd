using System.ComponentModel;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;
using LoraCluster.Kernels;
using Spectre.Console.Cli;

namespace LoraCluster.Solo;

/// <summary>Options of <c>solo kernels</c>.</summary>
internal sealed class KernelsSettings : CommandSettings
{
    [CommandOption("--threads <N>")]
    [Description("Threads of the tensor operations; default: all cores")]
    public int? Threads { get; init; }
}

/// <summary>Micro-benchmarks of the kernels, each beside its plain fallback, in this process (the native libraries are loaded
/// once).</summary>
internal sealed class KernelsCommand : Command<KernelsSettings>
{
    public override int Execute(CommandContext context, KernelsSettings settings, CancellationToken cancellationToken)
    {
        if (settings.Threads is { } threads) TorchThreads.Set(threads);
        Console.WriteLine($"kernels {KernelSelfTest.Report.Route}, {TorchThreads.Current} threads");
        var config = ManualConfig.CreateEmpty()
            .AddJob(Job.ShortRun.WithToolchain(new InProcessNoEmitToolchain(TimeSpan.FromMinutes(5), true)))
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddLogger(ConsoleLogger.Default)
            .WithOptions(ConfigOptions.DisableOptimizationsValidator);
        BenchmarkRunner.Run([typeof(LinearBenchmarks), typeof(DropoutBenchmarks), typeof(AdamWBenchmarks)], config);
        return 0;
    }
}

using LoraCluster;
using LoraCluster.Devices;
using LoraCluster.Solo;
using Spectre.Console;
using Spectre.Console.Cli;

if (Environment.GetEnvironmentVariable("LORACLUSTER_LIBTORCH") is { Length: > 0 } libtorch) LibTorchLocation.Use(libtorch);
var app = new CommandApp();
app.Configure(config =>
{
    config.SetApplicationName("solo");
    config.SetApplicationCulture(System.Globalization.CultureInfo.InvariantCulture);
    config.UseStrictParsing();
    config.AddCommand<TrainCommand>("train")
        .WithDescription("The bare training loop: one process, no cluster. The last line is JSON.")
        .WithExample("train", "--model", "DIR", "--dataset", "DIR", "--max-steps", "60", "--threads", "2");
    config.AddCommand<PretrainCommand>("pretrain")
        .WithDescription("Masked-language-model pre-training of a small encoder on generated text: makes the quick start's base.")
        .WithExample("pretrain", "--output", "DIR");
    config.AddCommand<DatasetCommand>("dataset").WithDescription("Writes the quick start's labelled sentences as train.tsv and dev.tsv.");
    config.AddCommand<KernelsCommand>("kernels").WithDescription("Micro-benchmarks of the kernels, each beside its plain fallback.");
    config.SetExceptionHandler((e, _) =>
    {
        if (e is UserErrorException or CommandRuntimeException) Console.Error.WriteLine(e.Message);
        else AnsiConsole.WriteException(e);
        return 1;
    });
});
return app.Run(args);

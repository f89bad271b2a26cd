using LoraCluster;
using LoraCluster.Solo;
using Spectre.Console;
using Spectre.Console.Cli;

var app = new CommandApp();
app.Configure(config =>
{
    config.SetApplicationName("solo");
    config.SetApplicationCulture(System.Globalization.CultureInfo.InvariantCulture);
    config.UseStrictParsing();
    config.AddCommand<TrainCommand>("train")
        .WithDescription("The bare training loop: one process, no cluster. The last line is JSON.")
        .WithExample("train", "--model", "DIR", "--dataset", "DIR", "--max-steps", "60", "--threads", "2");
    config.SetExceptionHandler((e, _) =>
    {
        if (e is UserErrorException or CommandRuntimeException) Console.Error.WriteLine(e.Message);
        else AnsiConsole.WriteException(e);
        return 1;
    });
});
return app.Run(args);

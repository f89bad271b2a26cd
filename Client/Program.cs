using LoraCluster.Client;
using LoraCluster.Client.Cli;
using LoraCluster.Client.Connection;
using LoraCluster.Client.QuickStartRun;
using LoraCluster.QuickStart;
using Spectre.Console;

using var interrupts = Interrupts.OfProcess();
IAnsiConsole console = Consoles.Create(Console.Out, Console.IsOutputRedirected);
IAnsiConsole error = Consoles.Create(Console.Error, Console.IsErrorRedirected);
var quickStart = new QuickStartFiles(
    Path.Combine(AppContext.BaseDirectory, "QuickStart"),
    folder => SentimentDataset.Generate().Write(folder));
var context = new ClientContext(console, error, new OrleansConnector(TimeProvider.System), quickStart, interrupts, TimeProvider.System);
return await ClientApp.RunAsync(args, context);

using LoraCluster.Client;
using LoraCluster.Client.Cli;
using LoraCluster.Client.Connection;
using Spectre.Console;

using var interrupts = Interrupts.OfProcess();
IAnsiConsole console = Consoles.Create(Console.Out, Console.IsOutputRedirected);
IAnsiConsole error = Consoles.Create(Console.Error, Console.IsErrorRedirected);
return await ClientApp.RunAsync(args, new ClientContext(console, error, new OrleansConnector(TimeProvider.System), interrupts, TimeProvider.System));

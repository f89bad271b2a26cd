using Spectre.Console;

namespace LoraCluster.Client;

/// <summary>Consoles on the process's streams.</summary>
internal static class Consoles
{
    /// <summary>In a file or a pipe there is no width: lines are not to be broken there.</summary>
    private const int WidthOfFiles = 10_000;

    /// <summary>Colors and cursor movements only in a terminal, and no colors where NO_COLOR is set.</summary>
    public static IAnsiConsole Create(TextWriter writer, bool redirected)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Interactive = redirected ? InteractionSupport.No : InteractionSupport.Detect,
            Ansi = redirected ? AnsiSupport.No : AnsiSupport.Detect,
        });
        if (redirected) console.Profile.Width = WidthOfFiles;
        return console;
    }
}

using Spectre.Console;

namespace LoraCluster.Client.Rendering;

/// <summary>Lines of text as they are: no markup is read into what a user or a file gave.</summary>
internal static class Messages
{
    public static void Write(IAnsiConsole console, string text, Style? style = null)
    {
        console.Write(new Text(text, style));
        console.WriteLine();
    }
}

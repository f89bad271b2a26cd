using LoraCluster.Client.Rendering;
using LoraCluster.Grains;
using LoraCluster.Reports.Words;
using Spectre.Console;
using Spectre.Console.Cli;

namespace LoraCluster.Client.Cli;

/// <summary>Every way in which a command can end badly, as lines for the user (or one JSON object) and an exit code.</summary>
internal sealed class ErrorReport(ClientContext context, string[] arguments)
{
    /// <summary>Most errors that people are shown: the rest is of the same kind, as each tensor of a foreign adapter.</summary>
    private const int MostShown = 20;

    private static readonly Style Bad = new(Color.Red);

    private bool Json => arguments.Contains("--json", StringComparer.Ordinal);

    public int Write(Exception exception)
    {
        switch (exception)
        {
            case OperationCanceledException when context.Interrupts.First.IsCancellationRequested:
                return ExitCodes.Interrupted;
            case ClientException e:
                return Write(e.ExitCode, e.Faults);
            case UserErrorException or ClusterRequestException:
                return Write(ExitCodes.Failed, exception.Message.Split('\n'));
            case CommandAppException e:
                return Write(ExitCodes.Usage, [.. ParseFaults(e)]);
            case IOException or UnauthorizedAccessException:
                return Write(ExitCodes.Failed, [exception.Message]);
            default:
                return Write(ExitCodes.Failed, [$"unexpected: {exception}"]);
        }
    }

    private int Write(int exitCode, IReadOnlyList<string> faults)
    {
        if (Json) JsonLine.Object().Add("event", "error").Add("exitCode", exitCode).Add("errors", faults).WriteTo(context.RawOutput);
        else
        {
            int shown = faults.Count <= MostShown + 1 ? faults.Count : MostShown;
            foreach (string fault in faults.Take(shown)) Messages.Write(context.Error, $"error: {fault}", Bad);
            if (shown < faults.Count)
                Messages.Write(context.Error, $"error: and {Figures.Count(faults.Count - shown)} more (all with --json)", Bad);
        }
        return exitCode;
    }

    private IEnumerable<string> ParseFaults(CommandAppException exception)
    {
        string message = exception.Message.TrimEnd('.');
        yield return message + Hint(message);
        yield return $"'{ClientApp.Name} {(ClientApp.CommandOf(arguments) is { } command ? command + " " : "")}--help' says what there is";
    }

    private string Hint(string message)
    {
        if (Quoted(message) is not { } unknown) return "";
        if (message.StartsWith("Unknown option", StringComparison.Ordinal) && ClientApp.CommandOf(arguments) is { } command)
            return Suggestion.ForOption(ClientApp.SettingsOf(command), unknown) is { } option ? $"; did you mean --{option}?" : "";
        if (message.StartsWith("Unknown command", StringComparison.Ordinal))
            return Suggestion.Nearest(ClientApp.CommandNames, unknown) is { } name ? $"; did you mean {name}?" : "";
        return "";
    }

    private static string? Quoted(string message)
    {
        int start = message.IndexOf('\'', StringComparison.Ordinal), end = message.LastIndexOf('\'');
        return start >= 0 && end > start ? message[(start + 1)..end].TrimStart('-') : null;
    }
}

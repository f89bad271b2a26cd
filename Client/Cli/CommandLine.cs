using System.Globalization;
using System.Reflection;
using Spectre.Console.Cli;

namespace LoraCluster.Client.Cli;

/// <summary>Small repairs of the arguments before they are parsed.</summary>
internal static class CommandLine
{
    /// <summary>
    /// Joins an option and a negative number after it (<c>--lr -1</c> to <c>--lr=-1</c>): the parser would take the number for an option
    /// of its own, and the message would not say what is wrong with the value.
    /// </summary>
    public static string[] JoinNegativeNumbers(string[] arguments)
    {
        var joined = new List<string>();
        for (int i = 0; i < arguments.Length; i++)
        {
            string argument = arguments[i];
            if (argument == "--") return [.. joined, .. arguments[i..]];
            bool negative = argument.StartsWith('-') && double.TryParse(argument, NumberStyles.Float, CultureInfo.InvariantCulture, out _);
            if (negative && joined.Count > 0 && IsOptionAlone(joined[^1])) joined[^1] += "=" + argument;
            else joined.Add(argument);
        }
        return [.. joined];
    }

    /// <summary>A last option that lacks its value, or null: the parser does not say so itself when nothing follows.</summary>
    public static string? OptionWithoutValue(string[] arguments, Type? settings)
    {
        if (settings is null || arguments is not [.., var last] || !last.StartsWith('-')) return null;
        foreach (PropertyInfo property in settings.GetProperties())
        {
            if (property.GetCustomAttribute<CommandOptionAttribute>() is not { ValueName: not null } option) continue;
            string[] spellings = [.. option.LongNames.Select(name => "--" + name), .. option.ShortNames.Select(name => "-" + name)];
            if (spellings.Contains(last)) return option.LongNames[0];
        }
        return null;
    }

    private static bool IsOptionAlone(string argument) =>
        argument.StartsWith("--", StringComparison.Ordinal) && !argument.Contains('=', StringComparison.Ordinal);
}

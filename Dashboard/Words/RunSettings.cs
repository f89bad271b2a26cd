using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Runs;
using LoraCluster.Reports.Words;

namespace LoraCluster.Dashboard.Words;

/// <summary>What was asked for, setting by setting, under names like the client's options.</summary>
internal static class RunSettings
{
    /// <summary>Settings that were given or have a default; what is empty is left out.</summary>
    public static IReadOnlyList<(string Name, string Value)> Of(RunSpec spec) => Read(spec);

    /// <summary>As <see cref="Of(RunSpec)"/>, for a job.</summary>
    public static IReadOnlyList<(string Name, string Value)> Of(JobSpec spec) => spec is BenchmarkSpec benchmark
        ? [.. Read(spec), .. benchmark.Settings.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => (s.Key, s.Value))]
        : Read(spec);

    /// <summary>The settings in which runs differ, names aside, each with a value for every run; one that a run has not is a
    /// dash.</summary>
    public static IReadOnlyList<(string Name, IReadOnlyList<string> Values)> Differences(IReadOnlyList<RunSpec> specs)
    {
        var settings = specs.Select(s => Of(s).ToDictionary(p => p.Name, p => p.Value, StringComparer.Ordinal)).ToList();
        var names = specs.SelectMany(s => Of(s).Select(p => p.Name)).Distinct(StringComparer.Ordinal);
        return [.. from name in names.Where(n => n != "name")
                   let values = settings.Select(s => s.GetValueOrDefault(name, Figures.Unknown)).ToList()
                   where values.Distinct(StringComparer.Ordinal).Count() > 1
                   select (name, (IReadOnlyList<string>)values)];
    }

    private static List<(string Name, string Value)> Read(object spec)
    {
        var settings = new List<(string, string)>();
        foreach (PropertyInfo property in spec.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .OrderBy(p => p.GetCustomAttribute<MessagePack.KeyAttribute>()?.IntKey ?? -1))
        {
            if (property.GetCustomAttribute<MessagePack.KeyAttribute>() is null) continue;
            string value = Text(property.GetValue(spec));
            if (value.Length > 0) settings.Add((NameOf(property.Name), value));
        }
        return settings;
    }

    private static string Text(object? value) => value switch
    {
        null or IDictionary => "",
        string text => text,
        bool flag => flag ? "yes" : "no",
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        IReadOnlyDictionary<string, string> => "",
        IEnumerable<string> list => string.Join(", ", list),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    /// <summary>As max-grad-norm.</summary>
    private static string NameOf(string property)
    {
        var name = new StringBuilder();
        foreach (char c in property)
        {
            if (char.IsUpper(c) && name.Length > 0) name.Append('-');
            name.Append(char.ToLowerInvariant(c));
        }
        return name.ToString();
    }
}

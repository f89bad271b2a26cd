using System.Globalization;

namespace LoraCluster.Data;

/// <summary>What is wrong with the rows of a file: the first ten are told, the others counted.</summary>
/// <param name="path">The file.</param>
/// <param name="unit">What a row's number counts: line or row.</param>
internal sealed class RowFaults(string path, string unit)
{
    private const int MostShown = 10;

    /// <summary>A value from the file in a message.</summary>
    private const int LongestValue = 60;

    private readonly List<string> shown = [];

    public int Count { get; private set; }

    public static string Quote(string value) => value.Length <= LongestValue ? $"\"{value}\"" : $"\"{value[..LongestValue]}...\"";

    public void Add(int row, string fault)
    {
        if (Count++ < MostShown) shown.Add($"{path}, {unit} {Format(row)}: {fault}");
    }

    /// <exception cref="UserErrorException">There are faults.</exception>
    public void ThrowIfAny()
    {
        if (Count > MostShown) shown.Add($"and {Format(Count - MostShown)} more faults in {path}");
        if (Count > 0) throw new UserErrorException(string.Join('\n', shown));
    }

    private static string Format(int number) => number.ToString(CultureInfo.InvariantCulture);
}

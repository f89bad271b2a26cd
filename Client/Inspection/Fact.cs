using LoraCluster.Client.Rendering;
using LoraCluster.Reports.Words;

namespace LoraCluster.Client.Inspection;

/// <summary>One thing that an inspection found: for people, and under a fixed name for scripts.</summary>
/// <param name="Label">For people.</param>
/// <param name="Text">The value for people.</param>
/// <param name="AddTo">Adds the value to a JSON object.</param>
internal sealed record Fact(string Label, string Text, Func<JsonLine, JsonLine> AddTo)
{
    public static Fact Of(string label, string name, string text) => new(label, text, line => line.Add(name, text));

    public static Fact Count(string label, string name, long value) => new(label, Figures.Count(value), line => line.Add(name, value));

    public static Fact Bytes(string label, string name, long value) => new(label, Figures.Bytes(value), line => line.Add(name, value));

    public static Fact Number(string label, string name, double value) => new(label, Figures.Number(value), line => line.Add(name, value));

    public static Fact Flag(string label, string name, bool value) => new(label, value ? "yes" : "no", line => line.Add(name, value));

    public static Fact List(string label, string name, IReadOnlyList<string> values) =>
        new(label, string.Join(", ", values), line => line.Add(name, values));
}

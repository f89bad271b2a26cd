using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

[assembly: AssemblyFixture(typeof(LoraCluster.Tests.Numerics.Fidelity.FidelityTable))]

namespace LoraCluster.Tests.Numerics.Fidelity;

/// <summary>Largest differences of one variant; null: not asked of it.</summary>
public sealed class FidelityRow
{
    public double? Logits { get; set; }
    public double? Loss { get; set; }
    public double? Gradients { get; set; }
    public double? Parameters { get; set; }
    public double? MergedLogits { get; set; }
}

/// <summary>Relative errors of bf16 against fp32, of a model here and of PEFT's autocast.</summary>
public sealed record Bf16Row(string Model, double Logits, double PeftLogits, double Gradient, double PeftGradient);

/// <summary>
/// The tables of <c>docs/fidelity.md</c>: with <c>LORACLUSTER_WRITE_DOCS=1</c> in the environment it is written anew when the fidelity
/// tests
/// have run.
/// </summary>
public sealed class FidelityTable : IDisposable
{
    private readonly ConcurrentDictionary<(string Model, string Variant), FidelityRow> _rows = new();

    private readonly ConcurrentBag<Bf16Row> _bf16 = [];

    public void Add(Bf16Row row) => _bf16.Add(row);

    public FidelityRow Row(string model, string variant) => _rows.GetOrAdd((model, variant), _ => new FidelityRow());

    public void Dispose()
    {
        if (Environment.GetEnvironmentVariable("LORACLUSTER_WRITE_DOCS") == "1" && _rows.Keys.Any(k => k.Model != "none"))
            File.WriteAllText(Path.Combine(Architecture.SourceFiles.Root, "docs", "fidelity.md"), ToMarkdown());
    }

    private string ToMarkdown()
    {
        var text = new StringBuilder();
        text.Append("""
            # Fidelity

            The largest absolute differences from the numbers of PyTorch 2.14, transformers 5.12.1 and PEFT 0.20 on the same weights and the
            same batch, fp32 on the CPU. The models are tiny and random: this checks arithmetic, names and formats. Each row is a test
            (`Tests/Numerics/Fidelity/FidelityTests.cs`), which fails outside the tolerance; the tests with
            `LORACLUSTER_WRITE_DOCS=1` write this page:

                LORACLUSTER_WRITE_DOCS=1 dotnet test --filter-trait Category=Fidelity

            *Logits* are compared where a row has a token; *loss* and *parameters* are those of five AdamW steps (learning rate 1e-3, weight
            decay 0.01), parameters without those that the reference itself calls ill-conditioned; *merged* are the logits after merging.
            A dash: the reference has no such number.

            | model | variant | logits | loss | gradients | parameters | merged |
            |---|---|--:|--:|--:|--:|--:|

            """);
        text.AppendLine(CultureInfo.InvariantCulture,
            $"| *tolerance* | classifiers | {FidelityChecks.ClassifierLogits:0e0} | {FidelityChecks.LossTolerance:0e0} "
            + $"| {FidelityChecks.GradientTolerance:0e0} | {FidelityChecks.ParameterTolerance:0e0} "
            + $"| {FidelityChecks.ClassifierLogits:0e0} |");
        text.AppendLine(CultureInfo.InvariantCulture,
            $"| *tolerance* | language models | {FidelityChecks.LanguageLogits:0e0} | {FidelityChecks.LossTolerance:0e0} "
            + $"| {FidelityChecks.GradientTolerance:0e0} | {FidelityChecks.ParameterTolerance:0e0} "
            + $"| {FidelityChecks.LanguageLogits:0e0} |");
        foreach (((string model, string variant), FidelityRow row) in _rows.OrderBy(r => r.Key.Model, StringComparer.Ordinal)
            .ThenBy(r => r.Key.Variant, StringComparer.Ordinal))
        {
            text.AppendLine(CultureInfo.InvariantCulture,
                $"| {model} | {variant} | {Number(row.Logits)} | {Number(row.Loss)} | {Number(row.Gradients)} "
                + $"| {Number(row.Parameters)} | {Number(row.MergedLogits)} |");
        }
        if (_bf16.IsEmpty) return text.ToString();
        text.Append("""

            ## bfloat16

            Relative L2 errors of bf16 products against fp32, beside those of PEFT's autocast on the same weights, adapters and batch
            (`Tests/Numerics/Fidelity/Bf16Tests.cs`, where PyTorch and PEFT are at hand): root mean square over the variants of a model;
            MiniLM-L6 is the real encoder with a trained adapter on 32 rows of SST-2. Allowed is 1.5 times PEFT's error.

            | model | logits | PEFT's | gradient | PEFT's |
            |---|--:|--:|--:|--:|

            """);
        foreach (Bf16Row row in _bf16.OrderBy(r => r.Model, StringComparer.Ordinal))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| {row.Model} | {Number(row.Logits)} | {Number(row.PeftLogits)} "
                + $"| {Number(row.Gradient)} | {Number(row.PeftGradient)} |");
        }
        return text.ToString();
    }

    private static string Number(double? value) => value is { } v ? v.ToString("0.0e0", CultureInfo.InvariantCulture) : "–";
}

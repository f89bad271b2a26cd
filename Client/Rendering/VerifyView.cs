using LoraCluster.Grains.Work;
using LoraCluster.Reports.Words;
using Spectre.Console;

namespace LoraCluster.Client.Rendering;

/// <summary>What an integrity check found, for people and for scripts.</summary>
internal static class VerifyView
{
    public static void Write(IAnsiConsole console, VerifySpec spec, VerifyResult result)
    {
        (string swapped, string all) = (Figures.Count(result.Swapped.Count), Figures.Count(result.LinearModules));
        Messages.Write(console, $"layers with adapters: {swapped}, of {all} linear layers");
        foreach (VerifyModule m in result.Swapped)
            Messages.Write(console, $"  {m.Name}  {Figures.Count(m.Out)} x {Figures.Count(m.In)}, rank {Figures.Count(m.Rank)}");
        console.Write(RunTables.Pairs(
            ("trainable", $"{Figures.SmallPercent(ShareOf(result))} ({Figures.Count(result.TrainableParameters)} of "
                + $"{Figures.Count(result.TotalParameters)} parameters)"),
            ("adapter file", $"{Figures.Bytes(result.AdapterFileBytes)} (the base in fp32: {Figures.Bytes(result.BaseFileBytes)})"),
            ("loss", $"{Figures.Loss(result.FirstLoss)} at first, {Figures.Loss(result.LastLoss)} after "
                + $"{Figures.Count(spec.Steps)} step{(spec.Steps == 1 ? "" : "s")}")));
        foreach (VerifyFinding finding in result.Findings)
        {
            console.MarkupLineInterpolated($"{(finding.Holds ? "ok    " : "FAILED")}  {finding.Claim}");
            Messages.Write(console, $"        {finding.Evidence}");
        }
        foreach ((string name, string text) in new[]
        {
            ("the base's text", result.TextBefore), ("with a fresh adapter", result.TextInjected), ("after training", result.TextTrained),
            ("the base with the saved adapter", result.TextReloaded),
        })
        {
            Messages.Write(console, $"{name}:");
            Messages.Write(console, $"  {text.ReplaceLineEndings("\n  ")}");
        }
    }

    public static JsonLine ToJson(VerifySpec spec, VerifyResult result) => JsonLine.Object()
        .Add("model", spec.ModelPath).Add("holds", result.Findings.All(f => f.Holds))
        .Add("swapped", result.Swapped, (line, m) => line.Add("module", m.Name).Add("out", m.Out).Add("in", m.In).Add("rank", m.Rank))
        .Add("linearModules", result.LinearModules).Add("trainableParameters", result.TrainableParameters)
        .Add("totalParameters", result.TotalParameters).Add("trainableShare", ShareOf(result))
        .Add("adapterBytes", result.AdapterFileBytes).Add("baseBytes", result.BaseFileBytes)
        .Add("steps", spec.Steps).Add("firstLoss", result.FirstLoss).Add("lastLoss", result.LastLoss)
        .Add("findings", result.Findings, (line, f) => line.Add("claim", f.Claim).Add("holds", f.Holds).Add("evidence", f.Evidence))
        .Add("textBefore", result.TextBefore).Add("textInjected", result.TextInjected).Add("textTrained", result.TextTrained)
        .Add("textReloaded", result.TextReloaded);

    private static double ShareOf(VerifyResult result) => (double)result.TrainableParameters / result.TotalParameters;
}

using LoraCluster.Client.Commands;
using LoraCluster.Client.Training;
using LoraCluster.Files;
using LoraCluster.Grains.Runs;
using LoraCluster.Grains.Work;
using LoraCluster.Hub;

namespace LoraCluster.Client.Merging;

/// <summary>What a command line of <c>merge</c> asks for, and everything that is wrong with it.</summary>
/// <param name="Spec">The work; an adapter that is a run has no artifact yet.</param>
/// <param name="Output">The folder to write to.</param>
/// <param name="Faults">What is wrong; empty if nothing is.</param>
internal sealed record MergeRequest(MergeSpec Spec, string Output, IReadOnlyList<string> Faults)
{
    private static readonly string[] Combinations = ["linear", "cat", "svd"];

    /// <param name="settings">The command line.</param>
    /// <param name="remote">True if the cluster may be on other machines: then a folder need not be here.</param>
    public static MergeRequest Parse(MergeSettings settings, bool remote)
    {
        var parser = new OptionParser();
        string model = SiloFolder.Parse("model", settings.Model, "config.json", remote, HubKind.Model, parser);
        string[] given = settings.Adapters ?? [];
        if (given.Length == 0) parser.Refuse("adapter is missing; needed is --adapter with a folder or a run, once or more");
        List<AdapterSource> adapters = [.. given.Select(adapter => Source(adapter, remote, parser))];
        if (string.IsNullOrWhiteSpace(settings.Output)) parser.Refuse("output is missing; needed is --output with a folder");
        string output = string.IsNullOrWhiteSpace(settings.Output) ? "" : Path.GetFullPath(settings.Output);
        if (output.Length > 0 && StagedFolder.FaultOf(output, settings.Overwrite) is { } fault) parser.Refuse(fault);
        if (adapters.Select(a => a.Folder).Append(model).Any(input => input is not null && IsSame(input, output)))
            parser.Refuse($"output is '{settings.Output}', which is the model or an adapter; allowed is another folder");
        var spec = new MergeSpec
        {
            ModelPath = model, Adapters = adapters, Combination = Combination(settings, parser),
            Weights = Weights(settings, given.Length, parser), Rank = parser.OptionalInt("rank", settings.Rank),
            AdapterOnly = settings.AdapterOnly,
        };
        if (spec.Rank is < 1) parser.Refuse($"rank is {settings.Rank}; allowed is 1 or more");
        return new MergeRequest(spec, output, parser.Faults);
    }

    private static string? Combination(MergeSettings settings, OptionParser parser)
    {
        string? type = settings.Combination?.ToLowerInvariant();
        if (type is not null && !Combinations.Contains(type))
            parser.Refuse($"combination is '{settings.Combination}'; allowed is {OptionParser.Alternatives([.. Combinations])}");
        // An option that would be ignored is refused: the user meant something by it.
        if (type is null && settings.Weights is { } weights)
            parser.Refuse($"weights is '{weights}', and there is no combination; without one adapters are merged as they are");
        if (type is null && settings.AdapterOnly) parser.Refuse("adapter-only is set, and there is no combination that it could write");
        if (type != "svd" && settings.Rank is { } rank) parser.Refuse($"rank is '{rank}'; allowed with --combination svd alone");
        return type;
    }

    private static List<double> Weights(MergeSettings settings, int adapters, OptionParser parser)
    {
        if (settings.Combination is null) return [];
        string[] texts = settings.Weights?.Split(',', StringSplitOptions.TrimEntries) ?? [];
        if (texts.Length != adapters)
        {
            parser.Refuse($"weights is '{settings.Weights}'; needed for {adapters} adapter{(adapters == 1 ? "" : "s")} "
                + "is as many numbers, by commas");
        }
        List<double> weights = [.. texts.Select(text => parser.Double("weights", text, 0))];
        if (weights.Any(w => !double.IsFinite(w))) parser.Refuse($"weights is '{settings.Weights}'; allowed are finite numbers");
        return weights;
    }

    /// <summary>A folder, where there is one of that name; else a run.</summary>
    private static AdapterSource Source(string adapter, bool remote, OptionParser parser)
    {
        if (!Directory.Exists(adapter) && RunIds.IsValid(adapter)) return new AdapterSource(adapter, null, null);
        string folder = SiloFolder.Parse("adapter", adapter, "adapter_config.json", remote, HubKind.Model, parser,
            ", a name at the hub, or a run as run-abcdefgh2345");
        return new AdapterSource(folder, folder, null);
    }

    private static bool IsSame(string input, string output) => output.Length > 0 && string.Equals(
        Path.TrimEndingDirectorySeparator(input), Path.TrimEndingDirectorySeparator(output), StringComparison.Ordinal);
}

using LoraCluster.Adapters;
using LoraCluster.Checkpoints;
using LoraCluster.Client.Commands;
using LoraCluster.Client.Training;
using LoraCluster.Data;
using LoraCluster.Grains.Work;
using LoraCluster.Hub;
using LoraCluster.Verification;

namespace LoraCluster.Client.Verification;

/// <summary>What a command line of <c>verify</c> asks for, and everything that is wrong with it.</summary>
internal sealed record VerifyRequest(VerifySpec Spec, IReadOnlyList<string> Faults)
{
    /// <param name="settings">The command line.</param>
    /// <param name="model">Folder of the model, or its name at the hub; null: not given.</param>
    /// <param name="dataset">Folder of the texts, or their name; null: not given.</param>
    /// <param name="remote">True if the cluster may be on other machines: then a folder need not be here.</param>
    public static VerifyRequest Parse(VerifySettings settings, string? model, string? dataset, bool remote)
    {
        var parser = new OptionParser();
        var defaults = new IntegrityOptions();
        int rank = parser.Int("rank", settings.Rank, defaults.Lora.Rank);
        string? config = ReadAdapterConfig(settings, parser);
        var spec = new VerifySpec
        {
            ModelPath = SiloFolder.Parse("model", model, "config.json", remote, HubKind.Model, parser),
            RandomWeights = settings.RandomWeights,
            DatasetPath = dataset is null ? null : DatasetFiles.Exists(dataset) ? Path.GetFullPath(dataset)
                : SiloFolder.Parse("dataset", dataset, null, remote, HubKind.Dataset, parser),
            Rank = rank,
            Alpha = parser.Double("alpha", settings.Alpha, 2 * rank),
            TargetModules = settings.Target?.Split(',', StringSplitOptions.TrimEntries) ?? [.. defaults.Lora.TargetModules.Names],
            AdapterConfigJson = config,
            Steps = parser.Int("steps", settings.Steps, defaults.Steps),
            BatchRows = parser.Int("batch", settings.Batch, defaults.BatchRows),
            RowTokens = parser.Int("max-length", settings.MaxLength, defaults.RowTokens),
            LearningRate = parser.Double("lr", settings.LearningRate, defaults.LearningRate),
            Prompt = settings.Prompt ?? defaults.Prompt,
            NewTokens = parser.Int("max-new-tokens", settings.NewTokens, defaults.NewTokens),
            Seed = parser.UInt64("seed", settings.Seed, 0),
        };
        if (Directory.Exists(spec.ModelPath) && !spec.RandomWeights && CheckpointFile.Find(spec.ModelPath) is null)
        {
            parser.Refuse($"model is '{model}', which has no weights ({string.Join(", ", CheckpointFile.Names)}); "
                + "allowed is then --random-weights");
        }
        foreach (string fault in OptionsOf(spec).Faults()) parser.Refuse(fault);
        return new VerifyRequest(spec, parser.Faults);
    }

    private static IntegrityOptions OptionsOf(VerifySpec spec) => new()
    {
        Lora = spec.AdapterConfigJson is not null ? new LoraConfig()
            : new LoraConfig { Rank = spec.Rank, Alpha = spec.Alpha, TargetModules = TargetModules.Named([.. spec.TargetModules]) },
        Steps = spec.Steps, BatchRows = spec.BatchRows, RowTokens = spec.RowTokens, LearningRate = spec.LearningRate,
        NewTokens = spec.NewTokens,
    };

    private static string? ReadAdapterConfig(VerifySettings settings, OptionParser parser)
    {
        if (settings.AdapterConfig is not { } file) return null;
        foreach ((string name, string? text) in new[] { ("rank", settings.Rank), ("alpha", settings.Alpha), ("target", settings.Target) })
            if (text is not null) parser.Refuse($"{name} is '{text}', but adapter-config decides it; allowed is one of them");
        if (File.Exists(file)) return AdapterConfigText.Read(file, parser);
        parser.Refuse($"adapter-config is '{file}', which is no file; allowed is a PEFT adapter_config.json");
        return null;
    }
}

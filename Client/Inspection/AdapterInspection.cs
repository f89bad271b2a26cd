using System.Text.Json;
using LoraCluster.Adapters;
using LoraCluster.Client.Training;
using LoraCluster.Training;

namespace LoraCluster.Client.Inspection;

/// <summary>A PEFT adapter folder: its configuration, its tensors, and, beside a model, whether they fit it.</summary>
internal static class AdapterInspection
{
    private static readonly (string A, string B)[] Pairs =
        [(".lora_A.weight", ".lora_B.weight"), (".lora_embedding_A", ".lora_embedding_B")];

    public static InspectionReport Of(string folder, string? modelFolder)
    {
        var report = new InspectionReport("adapter", folder);
        string configPath = Path.Combine(folder, AdapterFolder.ConfigFile);
        LoraConfig? config = report.Faults.Try(() => AdapterFolder.ReadConfig(configPath));
        if (config is not null) AddConfig(report, config, configPath);
        CheckpointInspection.Add(report, AdapterFolder.WeightsOf(folder));
        if (config is null || report.Tensors.Count == 0) return report;
        CheckPairs(report, config);
        if (modelFolder is not null) CheckAgainst(report, folder, config, modelFolder);
        return report;
    }

    private static void AddConfig(InspectionReport report, LoraConfig config, string configPath)
    {
        report.Add(
            Fact.Count("rank", "rank", config.Rank),
            Fact.Number("alpha", "alpha", config.Alpha),
            Fact.Number("scaling", "scaling", config.Scaling),
            Fact.Number("dropout", "dropout", config.Dropout), Fact.Of("target", "target", config.TargetModules.ToString()),
            Fact.List("saved whole", "modulesToSave", config.ModulesToSave));
        using var json = JsonDocument.Parse(File.ReadAllBytes(configPath));
        if (json.RootElement.TryGetProperty("base_model_name_or_path", out JsonElement name) && name.ValueKind == JsonValueKind.String)
            report.Add(Fact.Of("base model", "baseModel", name.GetString()!));
    }

    private static void CheckPairs(InspectionReport report, LoraConfig config)
    {
        var shapes = report.Tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Shape, StringComparer.Ordinal);
        int modules = 0;
        foreach ((string name, long[] shape) in shapes)
        {
            if (Pairs.FirstOrDefault(p => name.EndsWith(p.A, StringComparison.Ordinal) || name.EndsWith(p.B, StringComparison.Ordinal))
                is not { A: { } endingOfA, B: { } endingOfB }) continue;
            bool isA = name.EndsWith(endingOfA, StringComparison.Ordinal);
            if (isA) modules++;
            string partner = isA ? name[..^endingOfA.Length] + endingOfB : name[..^endingOfB.Length] + endingOfA;
            if (!shapes.ContainsKey(partner)) report.Faults.Add($"tensor \"{name}\" is there, but its partner \"{partner}\" is not");
            int rank = config.RankAt(AdapterFolder.ModuleOf(name));
            if (shape.Length != 2 || shape[isA ? 0 : 1] != rank)
            {
                string dimensions = string.Join(", ", shape);
                report.Faults.Add($"tensor \"{name}\" has the shape [{dimensions}]; the configuration's rank is {rank}");
            }
        }
        report.Add(Fact.Count("adapted modules", "adaptedModules", modules));
        if (modules == 0) report.Faults.Add("no tensor ends in .lora_A.weight or .lora_embedding_A: this is no LoRA adapter");
    }

    private static void CheckAgainst(InspectionReport report, string folder, LoraConfig config, string modelFolder)
    {
        if (report.Faults.Try(() => ModelFacts.Read(modelFolder)) is not { } model) return;
        report.Faults.Try(() =>
        {
            var adapter = AdapterFolder.Read(folder);
            int labels = TrainablePlan.LabelsOf(adapter, model.Family.LayoutOf(model.Config), model.Config);
            TrainablePlan plan = model.Plan(new TrainingOptions { Lora = config }, labels);
            if (plan.RequireSameTensors(adapter) is { Count: > 0 } lost) report.Notices.Add(
                $"these trained biases are not in the file; the base model's would be used: {string.Join(", ", lost)}");
            report.Notices.Add($"fits the model {modelFolder}");
        });
    }
}

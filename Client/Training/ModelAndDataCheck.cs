using LoraCluster.Adapters;
using LoraCluster.Data;
using LoraCluster.Grains.Runs;
using LoraCluster.Models;
using LoraCluster.Training;

namespace LoraCluster.Client.Training;

/// <summary>
/// What the silos will check when they load model and data, checked here first, without a tensor: names and shapes in the checkpoint, the
/// modules that the adapter takes, rows and labels of the data set.
/// </summary>
internal static class ModelAndDataCheck
{
    /// <returns>The request (its maximal length cut to the model's positions if the user left it open), with all faults.</returns>
    public static (TrainingRequest Request, IReadOnlyList<string> Faults) Check(TrainingRequest request, bool maxLengthGiven)
    {
        var faults = new List<string>();
        ModelFacts? model = Directory.Exists(request.Spec.ModelPath) ? faults.Try(() => ModelFacts.Read(request.Spec.ModelPath)) : null;
        int labels = DatasetFiles.Exists(request.Spec.DatasetPath) ? CheckDataset(request, model, faults) : 2;
        if (model is null) return (request, faults);
        if (request.Options.MaxLength > model.Config.Positions)
        {
            int most = model.Config.Positions;
            if (maxLengthGiven) faults.Add($"max-length is {request.Options.MaxLength}; allowed is at most the model's {most} positions");
            request = request with { Options = request.Options with { MaxLength = most }, Spec = request.Spec with { MaxLength = most } };
        }
        faults.Try(() => model.Plan(WithAdapterConfig(request), labels));
        return (request, faults);
    }

    private static int CheckDataset(TrainingRequest request, ModelFacts? model, List<string> faults)
    {
        int labels = 2;
        RunSpec spec = request.Spec;
        var columns = new TextColumns(spec.TextColumn, spec.LabelColumn);
        if (faults.Try(() => DatasetSplits.Load(spec.DatasetPath, spec.MaxExamples, columns)) is not { } splits) return labels;
        foreach (TextDataset rows in (TextDataset[])[splits.Train, splits.Evaluation])
        {
            if (model?.Family.Task == ModelTask.CausalLm) continue;
            if (!rows.HasLabels) faults.Add($"{rows.Path} has no labels (column \"{spec.LabelColumn ?? "label"}\"), "
                + $"and {model?.Family.Architecture ?? "a classifier"} needs them");
            labels = Math.Max(labels, rows.LabelCount);
            if (rows.HasLabels && model is { LabelsAreFixed: true }) faults.Try(() => rows.RequireLabelsBelow(model.Config.Labels.Count));
        }
        return labels;
    }

    private static TrainingOptions WithAdapterConfig(TrainingRequest request) => request.Spec.AdapterConfigJson is { } json
        ? request.Options with { Lora = AdapterFolder.ParseConfig(json, "adapter-config") } : request.Options;
}

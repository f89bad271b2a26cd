using LoraCluster.Models;
using LoraCluster.Training;
using TorchSharp;

namespace LoraCluster.Grains.Benchmarks;

/// <summary>A base model in the forms that benchmarks compare.</summary>
internal static class ModelForms
{
    /// <summary>The model as it is; a classifier without a head of its own gets a new one, as its adapted form does.</summary>
    public static TrainableModel Plain(BaseModel model) => model.Family.Task == ModelTask.CausalLm ? TrainableModel.Frozen(model)
        : TrainableModel.Create(model, new TrainingOptions { Method = TrainingMethod.Head });

    /// <summary>Rows of ids as a batch.</summary>
    public static TokenBatch Batch(BaseModel model, IReadOnlyList<int[]> ids) => model.Family.Task == ModelTask.CausalLm
        ? TokenBatch.ForLanguageModel(ids, padId: 0, model.Device) : TokenBatch.Of(ids, new int[ids.Count], padId: 0, model.Device);

    /// <summary>Reads a value: an accelerator's work is done only then.</summary>
    public static void Wait(torch.Tensor logits)
    {
        if (logits.device_type == DeviceType.CPU) return;
        using torch.Tensor first = logits.flatten().narrow(0, 0, 1).cpu();
    }
}

using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoraCluster.Adapters;
using LoraCluster.Files;
using LoraCluster.Models;
using LoraCluster.Safetensors;
using TorchSharp;

namespace LoraCluster.Training;

/// <summary>What a run hands back: PEFT's adapter folder for LoRA, a Hugging Face model folder for full and head. Always fp32, canonical
/// order.</summary>
public static class ResultFiles
{
    /// <summary>The files of a trained model.</summary>
    /// <param name="model">The trained model.</param>
    /// <param name="baseModel">Its base.</param>
    /// <param name="baseName">Name or path of the base.</param>
    public static IReadOnlyList<ResultFile> Of(TrainableModel model, BaseModel baseModel, string baseName) =>
        model.Plan.Lora is { } lora
            ? [new(AdapterFolder.WeightsFile, Adapter(model), true),
                new(AdapterFolder.ConfigFile, Config(lora, model, baseModel, baseName), false)]
            : [new("model.safetensors", Whole(model, baseModel), true), new("config.json", Config(model, baseModel), false)];

    /// <summary>What a result has besides <see cref="Of"/>: of a whole model what training leaves as it is in the base's folder (tokenizer
    /// and the like), so that the result serves by itself; of an adapter nothing, as PEFT saves it.</summary>
    /// <param name="method">How it is trained.</param>
    /// <param name="baseFolder">Folder of the base.</param>
    public static IReadOnlyList<ResultFile> CompanionsOf(TrainingMethod method, string baseFolder) => method == TrainingMethod.Lora ? []
        : [.. ModelCompanions.In(baseFolder)
            .Select(path => new ResultFile(Path.GetFileName(path), File.ReadAllBytes(path), IsWeights: false))];

    /// <summary>As PEFT for a sequence classifier: the heads of its families are always among the saved modules. Patterns are written out
    /// by full names, since PEFT sorts their keys when it saves, and the order of expressions would matter.</summary>
    private static byte[] Config(LoraConfig lora, TrainableModel model, BaseModel baseModel, string baseName)
    {
        IReadOnlySet<string> targets = model.Plan.Targets;
        LoraConfig saved = (lora.ChangesBase ? DecomposedStart.AsPlainLora(lora, targets) : lora).WithPatternsFor(targets);
        if (lora.TrainsHead && baseModel.Family.Task == ModelTask.SequenceClassification)
            saved = saved with { ModulesToSave = [.. lora.ModulesToSave.Union(["classifier", "score"], StringComparer.Ordinal)] };
        return AdapterFolder.WriteConfig(saved, baseName, baseModel.Family.Task);
    }

    private static byte[] Adapter(TrainableModel model)
    {
        float[] flat = model.GetParameters();
        return SafetensorsWriter.ToBytes(model.Layout.Slots.Select(s =>
        {
            Span<float> values = flat.AsSpan((int)s.Offset, s.Length);
            if (model.Decomposed is not { } decomposed) return Tensor(s.Name, s.Shape, values);
            (long[] shape, float[] plain) = decomposed.AsPlainLora(s, values);
            return Tensor(s.Name, shape, plain);
        }));
    }

    private static byte[] Whole(TrainableModel model, BaseModel baseModel) =>
        SafetensorsWriter.ToBytes(baseModel.Family.LayoutOf(model.Config).Tensors
            .Select(t => Tensor(t.Name, t.Shape, TensorMemory.ToArray<float>(model.Weight(t.Name)))));

    private static (string, SafetensorDtype, long[], ReadOnlyMemory<byte>) Tensor(string name, long[] shape, ReadOnlySpan<float> values) =>
        (name, SafetensorDtype.F32, shape, MemoryMarshal.AsBytes(values).ToArray());

    private static byte[] Config(TrainableModel model, BaseModel baseModel)
    {
        ModelConfig c = model.Config;
        JsonObject json = baseModel.Family.WriteConfig(c);
        json["architectures"] = new JsonArray(baseModel.Family.Architecture);
        json["model_type"] = c.ModelType;
        json["dtype"] = "float32";
        if (c is EncoderConfig { Pooling: Pooling.Mean }) json["classifier_pooling"] = "mean";
        if (baseModel.Family.Task != ModelTask.SequenceClassification) return Utf8(json);
        json["id2label"] = new JsonObject(
            c.Labels.Select((l, i) => KeyValuePair.Create(i.ToString(System.Globalization.CultureInfo.InvariantCulture), (JsonNode?)l)));
        json["label2id"] = new JsonObject(c.Labels.Select((l, i) => KeyValuePair.Create(l, (JsonNode?)i)));
        return Utf8(json);
    }

    private static byte[] Utf8(JsonObject json) =>
        JsonSerializer.SerializeToUtf8Bytes(json, new JsonSerializerOptions { WriteIndented = true });
}

using System.Diagnostics;
using LoraCluster.Models;
using LoraCluster.Tokenizers;
using LoraCluster.Training;
using TorchSharp;

namespace LoraCluster.Grains.Benchmarks;

/// <summary>Loading in a process of its own: from a folder to a model that has answered once.</summary>
internal static class LoadingChild
{
    public static LoadingFigures Run(ChildLoading request)
    {
        long start = Stopwatch.GetTimestamp();
        ITextTokenizer tokenizer = TokenizerFolder.Load(request.ModelFolder);
        Precision precision = request.Dtype == "bf16" ? Precision.BFloat16 : Precision.Float32;
        using BaseModel model = BaseModel.Load(request.ModelFolder, precision, new torch.Device(request.Device));
        using TrainableModel ready = ModelForms.Plain(model);
        double loaded = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        int[] ids = tokenizer.Encode("a first row", model.Config.Positions);
        using TokenBatch batch = ModelForms.Batch(model, [ids]);
        using (torch.Tensor logits = ready.Logits(batch)) ModelForms.Wait(logits);
        double first = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        return new LoadingFigures(loaded, first, ProcessMemory.ResidentBytes(), ProcessMemory.PeakBytes());
    }
}

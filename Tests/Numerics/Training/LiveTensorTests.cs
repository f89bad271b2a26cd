using LoraCluster.Adapters;
using LoraCluster.Data;
using LoraCluster.Models;
using LoraCluster.Tests.Cluster;
using LoraCluster.Tokenizers;
using LoraCluster.Training;
using TorchSharp;

namespace LoraCluster.Tests.Numerics.Training;

/// <summary>Counts tensors of the whole process, so nothing else may run beside it.</summary>
[CollectionDefinition(nameof(LiveTensorTests), DisableParallelization = true)]
public sealed class AloneCollection;

[Collection(nameof(LiveTensorTests))]
public sealed class LiveTensorTests
{
    [Theory]
    [InlineData(TrainingMethod.Lora, Precision.Float32, false)]
    [InlineData(TrainingMethod.Lora, Precision.BFloat16, false)]
    [InlineData(TrainingMethod.Lora, Precision.Float32, true)]
    [InlineData(TrainingMethod.Lora, Precision.BFloat16, true)]
    [InlineData(TrainingMethod.Full, Precision.Float32, false)]
    public void The_number_of_live_tensors_stays_flat_over_steps(TrainingMethod method, Precision precision, bool dora)
    {
        using var folder = new TemporaryFolder();
        (string modelFolder, string dataset) = TinyEncoder.Write(folder);
        using BaseModel model = BaseModel.Load(modelFolder, precision);
        BertTokenizer tokenizer = BertTokenizer.Load(modelFolder);
        EncodedDataset data = EncodedDataset.Encode(TextDataset.Load(dataset, "train"), tokenizer, 16);
        var lora = new LoraConfig { Dropout = 0.1, WeightDecomposed = dora, Bias = dora ? BiasTraining.All : BiasTraining.None,
            TargetModules = dora ? TargetModules.Named("q", "v", "word_embeddings") : TargetModules.Named("q", "v") };
        var options = new TrainingOptions { Method = method, Lora = lora, MaxSteps = 60, MaxLength = 16 };
        using var replica = new TrainingReplica(model, options, data, data, "tiny");
        for (int i = 0; i < 5; i++) replica.TakeStep();
        replica.Evaluate();
        long before = Live();
        for (int i = 0; i < 50; i++) replica.TakeStep();
        replica.Evaluate();
        Assert.Equal(before, Live());
    }

    private static long Live()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return torch.Tensor.TotalCount;
    }
}

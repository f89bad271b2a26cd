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
    [InlineData(TrainingMethod.Lora, Precision.Float32)]
    [InlineData(TrainingMethod.Lora, Precision.BFloat16)]
    [InlineData(TrainingMethod.Full, Precision.Float32)]
    public void The_number_of_live_tensors_stays_flat_over_steps(TrainingMethod method, Precision precision)
    {
        using var folder = new TemporaryFolder();
        (string modelFolder, string dataset) = TinyEncoder.Write(folder);
        using BaseModel model = BaseModel.Load(modelFolder, precision);
        BertTokenizer tokenizer = BertTokenizer.Load(modelFolder);
        EncodedDataset data = EncodedDataset.Encode(TextDataset.Load(dataset, "train"), tokenizer, 16);
        var options = new TrainingOptions { Method = method, Lora = new LoraConfig { Dropout = 0.1 }, MaxSteps = 60, MaxLength = 16 };
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

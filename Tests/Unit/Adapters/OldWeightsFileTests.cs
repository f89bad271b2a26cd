using LoraCluster.Adapters;
using LoraCluster.Tests.Unit.Checkpoints;

namespace LoraCluster.Tests.Unit.Adapters;

public sealed class OldWeightsFileTests
{
    [Fact]
    public void The_weights_of_an_old_peft_are_read()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File(AdapterFolder.ConfigFile), """{"peft_type": "LORA", "target_modules": ["query"], "r": 1}""");
        string name = AdapterFolder.NameOfA("bert.query");
        File.WriteAllBytes(folder.File(AdapterFolder.OldWeightsFile),
            TorchBytes.Of(PickleWriter.StateDict((name, new("0", 2, [1, 2], [2, 1]))), ("0", TorchBytes.Floats(1.5f, -2))));
        AdapterFolder adapter = AdapterFolder.Read(folder.Path);
        Assert.Equal([1.5f, -2], adapter.Tensors[name].Values);
        Assert.Equal([1L, 2L], adapter.Tensors[name].Shape);
    }
}

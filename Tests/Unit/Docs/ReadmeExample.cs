using LoraCluster.Adapters;
using LoraCluster.Data;
using LoraCluster.Models;
using LoraCluster.Tokenizers;
using LoraCluster.Training;

namespace LoraCluster.Tests.Unit.Docs;

/// <summary>The README's example of the library, compiled; ReadmeTests holds the two against each other.</summary>
internal static class ReadmeExample
{
    public static double Run(string modelFolder, string datasetFolder, string outputFolder)
    {
        // example
        using BaseModel model = BaseModel.Load(modelFolder);
        BertTokenizer tokenizer = BertTokenizer.Load(modelFolder);
        EncodedDataset train = EncodedDataset.Encode(TextDataset.Load(datasetFolder, "train"), tokenizer, maxLength: 128);
        EncodedDataset dev = EncodedDataset.Encode(TextDataset.Load(datasetFolder, "dev"), tokenizer, maxLength: 128);

        var lora = new LoraConfig { Rank = 8, Alpha = 16, TargetModules = TargetModules.Named("q", "v") };
        var options = new TrainingOptions { Lora = lora, LearningRate = 1e-3, GlobalBatchSize = 32, MicroBatchSize = 8, Seed = 0 };
        using var replica = new TrainingReplica(model, options, train, dev, modelFolder);
        while (replica.Step < replica.Steps)
        {
            StepOutcome outcome = replica.TakeStep();
            Console.WriteLine($"step {replica.Step} of {replica.Steps}: loss {outcome.Loss:f4}");
        }
        GradientSum held = replica.Evaluate();
        double accuracy = (double)held.Correct / held.Rows;

        // A PEFT adapter folder: adapter_config.json and adapter_model.safetensors.
        Directory.CreateDirectory(outputFolder);
        foreach (ResultFile file in replica.ExportResult()) File.WriteAllBytes(Path.Combine(outputFolder, file.Name), file.Content);
        // end of example
        return accuracy;
    }
}

using LoraCluster.Checkpoints;
using LoraCluster.Models;
using LoraCluster.Tokenizers;
using LoraCluster.Training;

namespace LoraCluster.Client.Training;

/// <summary>A model folder as far as it can be read without tensors: shape, names in the checkpoint, tokenizer.</summary>
internal sealed record ModelFacts(ModelFamily Family, ModelConfig Config, ITextTokenizer Tokenizer, IReadOnlyList<string> Skipped,
    bool HasHead)
{
    /// <summary>True if the number of labels cannot follow the data.</summary>
    public bool LabelsAreFixed => (HasHead && Family.Task == ModelTask.SequenceClassification) || Config.LabelsGiven;

    /// <summary>Reads the folder.</summary>
    /// <exception cref="UserErrorException">What the loader would refuse; all of it.</exception>
    public static ModelFacts Read(string folder)
    {
        var faults = new List<string>();
        ITextTokenizer? tokenizer = faults.Try(() => TokenizerFolder.Load(folder));
        (ModelFamily Family, ModelConfig Config)? shape = null;
        CheckpointPlan? plan = faults.Try(() =>
        {
            shape = ModelFamily.Read(Path.Combine(folder, "config.json"));
            using CheckpointFile file = CheckpointFile.Open(folder);
            return CheckpointPlan.Of(file.Tensors.Select(t => (t.Name, t.Shape)), shape.Value.Family, shape.Value.Config, file.Path);
        });
        if (tokenizer is not null && shape is { Config: { } config } && tokenizer.VocabularySize > config.VocabularySize)
        {
            faults.Add($"the tokenizer has {tokenizer.VocabularySize} entries; "
                + $"config.json has room for {config.VocabularySize} (vocab_size)");
        }
        if (faults.Count > 0) throw new UserErrorException(string.Join('\n', faults));
        HashSet<string> names = [.. plan!.Tensors.Select(tensor => tensor.Name)];
        bool hasHead = shape!.Value.Family.LayoutOf(shape.Value.Config).HeadModules.All(module => names.Contains(module + ".weight"));
        return new ModelFacts(shape.Value.Family, shape.Value.Config, tokenizer!, plan.Skipped, hasHead);
    }

    /// <summary>What a run would train.</summary>
    /// <exception cref="UserErrorException">The adapter does not fit the model.</exception>
    public TrainablePlan Plan(TrainingOptions options, int labels) => TrainablePlan.Of(Family, Config, HasHead, options, labels);
}

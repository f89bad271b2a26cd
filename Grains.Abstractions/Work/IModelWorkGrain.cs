using LoraCluster.Grains.Nodes;

namespace LoraCluster.Grains.Work;

/// <summary>
/// Work on models that needs tensors and is no training run, on one silo. One piece of it at a time is computed there, on a thread of its
/// own, beside trainers; others wait for their turn. Results stream back, so neither side holds them whole; whoever stops reading ends the
/// work.
/// </summary>
[Alias("loracluster.IModelWorkGrain")]
public interface IModelWorkGrain : IGrainWithStringKey
{
    /// <summary>Merges adapters into a base model, or combines them. Each part is a message of its own, of at most
    /// <see cref="FolderBytes.MaxBytes"/> and a little: read them with a batch size of a few.</summary>
    /// <param name="spec">What to merge; its folders are those of the silo.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>A <see cref="FolderStart"/>; then of each file its <see cref="FolderBytes"/> and its <see cref="FolderFileEnd"/>, in the
    /// order of the start.</returns>
    /// <exception cref="ClusterRequestException">Folders, adapters or the spec cannot be used (all faults are named), or too many others
    /// wait already.</exception>
    [Alias("Merge")] IAsyncEnumerable<FolderPart> MergeAsync(MergeSpec spec, CancellationToken cancellationToken = default);

    /// <summary>Runs the integrity check on a language model.</summary>
    /// <param name="spec">What is checked; its folders are those of the silo.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>A <see cref="VerifyStep"/> after each step, then the <see cref="VerifyResult"/>.</returns>
    /// <exception cref="ClusterRequestException">As <see cref="MergeAsync"/>.</exception>
    [Alias("Verify")] IAsyncEnumerable<VerifyPart> VerifyAsync(VerifySpec spec, CancellationToken cancellationToken = default);

    /// <summary>Asks a classifier for the labels of texts.</summary>
    /// <param name="spec">The model and the texts.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>A <see cref="PredictStart"/>, then a <see cref="PredictedText"/> for each text, in order.</returns>
    /// <exception cref="ClusterRequestException">As <see cref="MergeAsync"/>.</exception>
    [Alias("Predict")] IAsyncEnumerable<PredictPart> PredictAsync(PredictSpec spec, CancellationToken cancellationToken = default);

    /// <summary>Lets a language model go on with a text.</summary>
    /// <param name="spec">The model and the prompt.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns><see cref="GeneratedText"/> as it comes, then the <see cref="GenerateEnd"/>.</returns>
    /// <exception cref="ClusterRequestException">As <see cref="MergeAsync"/>.</exception>
    [Alias("Generate")] IAsyncEnumerable<GeneratePart> GenerateAsync(GenerateSpec spec, CancellationToken cancellationToken = default);

    /// <summary>Key of a silo's grain.</summary>
    static string KeyOf(NodeStatus silo) => $"work@{silo.Address}";
}

using LoraCluster.Grains.Trainers;
using LoraCluster.Models;
using LoraCluster.Tokenizers;
using LoraCluster.Training;

namespace LoraCluster.Grains.Work;

/// <summary>A model that is ready to be asked, on its share of a base; one thread owns it.</summary>
/// <param name="lease">The base; given back on disposal.</param>
/// <param name="model">The model; disposed with this.</param>
/// <param name="adapterSha256">SHA-256 of the adapter's weights file; empty: none.</param>
internal sealed class OpenedModel(SharedCache<string, LoadedModel>.Lease lease, TrainableModel model, string adapterSha256) : IDisposable
{
    public TrainableModel Model => model;

    public ITextTokenizer Tokenizer => lease.Value.Tokenizer;

    public string ModelHash => lease.Value.Hash;

    public string AdapterSha256 => adapterSha256;

    public ModelTask Task => model.Base.Family.Task;

    /// <summary>Rows are cut at the model's positions, whatever else was asked for.</summary>
    public int LengthOf(int maxLength) => Math.Min(maxLength, model.Config.Positions);

    public void Dispose()
    {
        model.Dispose();
        lease.Dispose();
    }
}

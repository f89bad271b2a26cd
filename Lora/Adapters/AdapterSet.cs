using LoraCluster.Models;
using LoraCluster.Training;

namespace LoraCluster.Adapters;

/// <summary>
/// Several adapters by name on one shared base model, one of them in use at a time (PEFT's set_adapter). Switching is a matter of a
/// reference: the frozen weights are the base's own and are never touched, each adapter adds only its A, B and head. One thread owns it.
/// </summary>
public sealed class AdapterSet : IDisposable
{
    private readonly BaseModel _base;
    private readonly Dictionary<string, TrainableModel> _models = new(StringComparer.Ordinal);
    private TrainableModel? _frozen;

    /// <summary>No adapter yet; the base alone is in use.</summary>
    /// <param name="baseModel">Shared; outlives this set.</param>
    public AdapterSet(BaseModel baseModel) => _base = baseModel;

    /// <summary>Names of the adapters, in ordinal order.</summary>
    public IReadOnlyList<string> Names => [.. _models.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Name of the adapter in use; null: none, the base alone.</summary>
    public string? Current { get; private set; }

    /// <summary>The model in use: the base with the adapter of <see cref="Current"/> and its head, or the base as it is. Owned by this
    /// set.</summary>
    /// <exception cref="UserErrorException">No adapter is in use, and the base is a classifier without a head.</exception>
    public TrainableModel Model => Current is null ? _frozen ??= TrainableModel.Frozen(_base) : _models[Current];

    /// <summary>Adds an adapter; which one is in use does not change.</summary>
    /// <param name="name">A name that is not taken.</param>
    /// <param name="adapter">The adapter.</param>
    /// <exception cref="UserErrorException">The name is empty or taken, or the adapter does not fit the base.</exception>
    public void Add(string name, AdapterFolder adapter)
    {
        if (string.IsNullOrWhiteSpace(name)) throw new UserErrorException("the adapter's name is empty; allowed is any other text");
        if (_models.ContainsKey(name)) throw new UserErrorException($"there is an adapter '{name}' already; allowed are other names");
        _models.Add(name, TrainableModel.WithAdapter(_base, adapter));
    }

    /// <summary>Takes an adapter into use.</summary>
    /// <exception cref="UserErrorException">There is none of that name; those that there are are named.</exception>
    public void Use(string name)
    {
        Require(name);
        Current = name;
    }

    /// <summary>Takes no adapter into use: the base alone.</summary>
    public void Disable() => Current = null;

    /// <summary>Takes an adapter away and frees it; if it was in use, none is.</summary>
    /// <exception cref="UserErrorException">There is none of that name.</exception>
    public void Remove(string name)
    {
        Require(name);
        if (Current == name) Disable();
        _models.Remove(name, out TrainableModel? model);
        model!.Dispose();
    }

    /// <summary>Frees the adapters; the base stays.</summary>
    public void Dispose()
    {
        foreach (TrainableModel model in _models.Values) model.Dispose();
        _frozen?.Dispose();
    }

    private void Require(string name)
    {
        if (_models.ContainsKey(name)) return;
        throw new UserErrorException($"there is no adapter '{name}'; there are {(Names.Count == 0 ? "none" : string.Join(", ", Names))}");
    }
}

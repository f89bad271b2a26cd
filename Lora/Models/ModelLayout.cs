namespace LoraCluster.Models;

/// <summary>A linear layer by its module path: weight [Out, In], and bias [Out] if it has one.</summary>
public sealed record LinearModule(string Module, int Out, int In, bool HasBias = true);

/// <summary>An embedding by its module path: weight [Entries, Width].</summary>
public sealed record EmbeddingModule(string Module, int Entries, int Width);

/// <summary>A norm by its module path: weight [Width], and bias [Width] if it has one.</summary>
public sealed record NormModule(string Module, int Width, bool HasBias = true);

/// <summary>
/// What a model of one shape is made of, by Hugging Face's names: all that loading, injection and the plan of what is trained need to know
/// of it. The order of each list is the model's, and part of a run's identity.
/// </summary>
public sealed record ModelLayout
{
    /// <summary>Linear layers.</summary>
    public required IReadOnlyList<LinearModule> Linears { get; init; }

    /// <summary>Embeddings.</summary>
    public required IReadOnlyList<EmbeddingModule> Embeddings { get; init; }

    /// <summary>Norms.</summary>
    public required IReadOnlyList<NormModule> Norms { get; init; }

    /// <summary>Modules without parameters (dropouts, activations), which a target's pattern may take by mistake.</summary>
    public IReadOnlyList<string> Parameterless { get; init; } = [];

    /// <summary>Modules of the classification head: what a new task trains anew. Empty for a language model.</summary>
    public IReadOnlyList<string> HeadModules { get; init; } = [];

    /// <summary>Beginnings of tensor names that belong to the base model without its head.</summary>
    public required string BasePrefix { get; init; }

    /// <summary>The linear layer over the vocabulary, which <c>all-linear</c> leaves out; null for a classifier.</summary>
    public string? OutputHead { get; init; }

    /// <summary>The embedding whose weight is <see cref="OutputHead"/>'s too; null: none.</summary>
    public string? TiedTo { get; init; }

    /// <summary>Rows of embeddings that take no gradient, as <c>padding_idx</c> of torch.nn.Embedding.</summary>
    public IReadOnlyList<(string Module, int Entry)> PaddingRows { get; init; } = [];

    /// <summary>Every tensor with its shape: exactly what a checkpoint holds. A tied head has none of its own.</summary>
    public IEnumerable<(string Name, long[] Shape)> Tensors
    {
        get
        {
            foreach (EmbeddingModule e in Embeddings) yield return (e.Module + ".weight", [e.Entries, e.Width]);
            foreach (NormModule n in Norms)
            {
                yield return (n.Module + ".weight", [n.Width]);
                if (n.HasBias) yield return (n.Module + ".bias", [n.Width]);
            }
            foreach (LinearModule l in Linears)
            {
                if (TiedTo is null || l.Module != OutputHead) yield return (l.Module + ".weight", [l.Out, l.In]);
                if (l.HasBias) yield return (l.Module + ".bias", [l.Out]);
            }
        }
    }

    /// <summary>The tensor that a name means: a tied head's weight is its embedding's.</summary>
    public string Resolve(string tensor) => TiedTo is not null && tensor == OutputHead + ".weight" ? TiedTo + ".weight" : tensor;

    /// <summary>Module paths, those with <c>{0}</c> once for each layer.</summary>
    public static IReadOnlyList<string> AtEach(int layers, IEnumerable<string> paths) =>
        [.. paths.SelectMany(p => p.Contains("{0}", StringComparison.Ordinal) ? Enumerable.Range(0, layers).Select(i => At(p, i)) : [p])];

    /// <summary>A per-layer module path (with <c>{0}</c>) for one layer.</summary>
    public static string At(string path, int layer) =>
        path.Replace("{0}", layer.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
}

using System.Globalization;

namespace LoraCluster.Adapters;

/// <summary>
/// A LoRA adapter's shape (Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models"): y = W x + b + (alpha / rank) B A x, with
/// A [rank, in] and B [out, rank].
/// </summary>
public sealed record LoraConfig
{
    /// <summary>Rank r of the update, 1 or more. Default 8.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>Alpha, above 0; may have a fraction. Default 16.</summary>
    public double Alpha { get; init; } = 16;

    /// <summary>Probability of dropping an input of A while training, in [0, 1). Default 0.</summary>
    public double Dropout { get; init; }

    /// <summary>Which linear layers get an adapter.</summary>
    public TargetModules TargetModules { get; init; } = TargetModules.Named("q", "v");

    /// <summary>Modules that get none although <see cref="TargetModules"/> takes them; null: no exception.</summary>
    public TargetModules? ExcludeModules { get; init; }

    /// <summary>Only layers with these numbers; null: all. Not together with a regular expression as target.</summary>
    public IReadOnlyList<int>? LayersToTransform { get; init; }

    /// <summary>Names of the list that layer numbers follow (<c>layer</c> in <c>encoder.layer.3</c>); empty: any name.</summary>
    public IReadOnlyList<string> LayersPattern { get; init; } = [];

    /// <summary>Modules (name endings) that are trained and saved whole, besides the family's classification head. Default none.</summary>
    public IReadOnlyList<string> ModulesToSave { get; init; } = [];

    /// <summary>alpha / rank.</summary>
    public double Scaling => Alpha / Rank;

    /// <summary>Everything that is wrong with it, each naming the value and what is allowed; empty if nothing is.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        if (Rank is < 1 or > 65_536) faults.Add($"rank is {Rank}; allowed is 1 to 65536");
        if (!double.IsFinite(Alpha) || Alpha <= 0)
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"alpha is {Alpha}; allowed is a finite number above 0"));
        if (!double.IsFinite(Dropout) || Dropout is < 0 or >= 1)
            faults.Add(string.Create(CultureInfo.InvariantCulture,
                $"dropout is {Dropout}; allowed is a probability from 0 up to, not including, 1"));
        faults.AddRange(TargetModules.Faults());
        if (ExcludeModules is not null) faults.AddRange(ExcludeModules.Faults().Select(f => $"exclude_modules: {f}"));
        if (LayersToTransform is not null && TargetModules.Pattern is not null)
            faults.Add("layers_to_transform is set beside a regular expression as target; allowed is one of the two");
        return faults;
    }
}

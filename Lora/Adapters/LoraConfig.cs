using System.Globalization;

namespace LoraCluster.Adapters;

/// <summary>
/// A LoRA adapter's shape (Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models"): y = W x + b + (alpha / rank) B A x, with
/// A [rank, in] and B [out, rank].
/// </summary>
public sealed record LoraConfig
{
    private const int MaxRank = 65_536;

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

    /// <summary>Only layers with these numbers; null: all. Not together with a regular expression or all-linear as target.</summary>
    public IReadOnlyList<int>? LayersToTransform { get; init; }

    /// <summary>Names of the list that layer numbers follow (<c>layer</c> in <c>encoder.layer.3</c>); empty: any name.</summary>
    public IReadOnlyList<string> LayersPattern { get; init; } = [];

    /// <summary>Modules (name endings) that are trained and saved whole, besides the family's classification head. Default none.</summary>
    public IReadOnlyList<string> ModulesToSave { get; init; } = [];

    /// <summary>True if the family's classification head is trained and saved whole, as PEFT does for a sequence classifier; false for a
    /// stored adapter that names no task and no modules to save. Default true.</summary>
    public bool TrainsHead { get; init; } = true;

    /// <summary>True for rsLoRA: the update is scaled by alpha / sqrt(rank). Default false.</summary>
    public bool RankStabilized { get; init; }

    /// <summary>True for DoRA: each output has a trained magnitude besides. Default false.</summary>
    public bool WeightDecomposed { get; init; }

    /// <summary>Other ranks for some modules.</summary>
    public ModulePattern RankPattern { get; init; } = ModulePattern.Empty;

    /// <summary>Other alphas for some modules.</summary>
    public ModulePattern AlphaPattern { get; init; } = ModulePattern.Empty;

    /// <summary>Biases that are trained besides. Default none.</summary>
    public BiasTraining Bias { get; init; }

    /// <summary>What a fresh adapter starts from.</summary>
    public AdapterInitialization Initialization { get; init; }

    /// <summary>True if the adapter starts from a part of the base weight, so that what is frozen is not the base.</summary>
    public bool ChangesBase => Initialization is AdapterInitialization.Pissa or AdapterInitialization.Olora;

    /// <summary>Factor of the update where no pattern says otherwise: alpha / rank, or alpha / sqrt(rank).</summary>
    public double Scaling => ScalingOf(Alpha, Rank);

    /// <summary>Rank at a module.</summary>
    public int RankAt(string module) => (int)(RankPattern.ValueFor(module) ?? Rank);

    /// <summary>Alpha at a module.</summary>
    public double AlphaAt(string module) => AlphaPattern.ValueFor(module) ?? Alpha;

    /// <summary>Factor of the update at a module.</summary>
    public double ScalingAt(string module) => ScalingOf(AlphaAt(module), RankAt(module));

    /// <summary>The same with the patterns written out for the modules at hand, by their full names: the order of such keys decides
    /// nothing.</summary>
    public LoraConfig WithPatternsFor(IEnumerable<string> modules)
    {
        List<string> names = [.. modules.Order(StringComparer.Ordinal)];
        return this with
        {
            RankPattern = new(names.Where(m => RankAt(m) != Rank).Select(m => KeyValuePair.Create(m, (double)RankAt(m)))),
            AlphaPattern = new(names.Where(m => AlphaAt(m) != Alpha).Select(m => KeyValuePair.Create(m, AlphaAt(m)))),
        };
    }

    /// <summary>Everything that is wrong with it, each naming the value and what is allowed; empty if nothing is.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        if (Rank is < 1 or > MaxRank)
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"rank is {Rank}; allowed is 1 to {MaxRank}"));
        if (!double.IsFinite(Alpha) || Alpha <= 0)
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"alpha is {Alpha}; allowed is a finite number above 0"));
        if (!double.IsFinite(Dropout) || Dropout is < 0 or >= 1)
            faults.Add(string.Create(CultureInfo.InvariantCulture,
                $"dropout is {Dropout}; allowed is a probability from 0 up to, not including, 1"));
        faults.AddRange(RankPattern.Faults("rank_pattern", r => r == Math.Floor(r) && r is >= 1 and <= MaxRank, $"1 to {MaxRank}"));
        faults.AddRange(AlphaPattern.Faults("alpha_pattern", a => double.IsFinite(a) && a > 0, "a finite number above 0"));
        if (!Enum.IsDefined(Bias)) faults.Add($"bias is {Bias}; allowed are none, all and lora_only");
        if (!Enum.IsDefined(Initialization)) faults.Add($"initialization is {Initialization}; allowed are the kinds that have names");
        faults.AddRange(TargetModules.Faults());
        if (ExcludeModules is not null) faults.AddRange(ExcludeModules.Faults().Select(f => $"exclude_modules: {f}"));
        faults.AddRange(LayerFaults());
        return faults;
    }

    private IEnumerable<string> LayerFaults()
    {
        bool byText = TargetModules.Pattern is not null || TargetModules.IsAllLinear;
        if (LayersToTransform is not null && byText)
            yield return $"layers_to_transform is set beside '{TargetModules}' as target; allowed is one of the two";
        if (LayersPattern.Count > 0 && (LayersToTransform is null || byText))
            yield return "layers_pattern is set without layers_to_transform, or beside a regular expression or all-linear as target; "
                + "allowed is both of them beside a list of targets";
        foreach (string pattern in LayersPattern)
        {
            string? fault = null;
            try { PythonRegex.LayerNumber(pattern); }
            catch (ArgumentException e) { fault = e.Message; }
            if (fault is not null) yield return $"layers_pattern has '{pattern}', which is not a regular expression for a name: {fault}";
        }
    }

    private double ScalingOf(double alpha, int rank) => RankStabilized ? RankStabilizedScaling.Of(alpha, rank) : alpha / rank;
}

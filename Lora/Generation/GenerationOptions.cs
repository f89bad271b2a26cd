using System.Globalization;

namespace LoraCluster.Generation;

/// <summary>How a language model's text goes on. The names are those of Hugging Face's GenerationConfig.</summary>
public sealed record GenerationOptions
{
    /// <summary>Most tokens after the prompt, 1 or more; the model's positions end a text too. Default 50.</summary>
    public int MaxNewTokens { get; init; } = 50;

    /// <summary>What logits are divided by before sampling, above 0; null: greedy, always the likeliest token. Default null.</summary>
    public double? Temperature { get; init; }

    /// <summary>Sample among so many likeliest tokens only, 1 or more; null: no such limit. Needs a temperature.</summary>
    public int? TopK { get; init; }

    /// <summary>Sample among the likeliest tokens that together have this probability, in (0, 1] (nucleus sampling, Holtzman et al. 2020);
    /// null: no such limit. Needs a temperature.</summary>
    public double? TopP { get; init; }

    /// <summary>Seed of the sampling: the same seed, prompts and model give the same text.</summary>
    public ulong Seed { get; init; }

    /// <summary>Ids that end a text; null: those of the model's configuration. Empty: only the length ends it.</summary>
    public IReadOnlyList<int>? StopIds { get; init; }

    /// <summary>Everything that is wrong with it, each naming the value and what is allowed; empty if nothing is.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        void Check(bool good, string name, object? value, string allowed)
        {
            if (!good) faults.Add(string.Create(CultureInfo.InvariantCulture, $"{name} is {value}; allowed is {allowed}"));
        }
        Check(MaxNewTokens >= 1, "max-new-tokens", MaxNewTokens, "1 or more");
        Check(Temperature is null || (double.IsFinite(Temperature.Value) && Temperature > 0), "temperature", Temperature,
            "a finite number above 0, or none for greedy decoding");
        Check(TopK is null or >= 1, "top-k", TopK, "1 or more");
        Check(TopP is null or (> 0 and <= 1), "top-p", TopP, "above 0 and at most 1");
        Check(Temperature is not null || TopK is null, "top-k", TopK, "a temperature beside it");
        Check(Temperature is not null || TopP is null, "top-p", TopP, "a temperature beside it");
        return faults;
    }
}

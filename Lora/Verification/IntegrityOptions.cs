using System.Globalization;
using LoraCluster.Adapters;

namespace LoraCluster.Verification;

/// <summary>What an integrity check does to a language model.</summary>
public sealed record IntegrityOptions
{
    /// <summary>The adapter. Default: rank 4 on q and v.</summary>
    public LoraConfig Lora { get; init; } = new() { Rank = 4, Alpha = 8 };

    /// <summary>Optimizer steps, 1 or more. Default 20.</summary>
    public int Steps { get; init; } = 20;

    /// <summary>Rows of a step, 1 or more. Default 4.</summary>
    public int BatchRows { get; init; } = 4;

    /// <summary>Tokens of a row, 3 or more. Default 64.</summary>
    public int RowTokens { get; init; } = 64;

    /// <summary>Learning rate, above 0. Default 1e-3.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>What the text begins with. Default: "Once upon a time".</summary>
    public string Prompt { get; init; } = "Once upon a time";

    /// <summary>Tokens of each generated text, 1 or more. Default 40.</summary>
    public int NewTokens { get; init; } = 40;

    /// <summary>Seed of A, the order of the rows and the dropouts.</summary>
    public ulong Seed { get; init; }

    /// <summary>Everything that is wrong with it, each naming the value and what is allowed; empty if nothing is.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>(Lora.Faults());
        void Check(bool good, string name, object value, string allowed)
        {
            if (!good) faults.Add(string.Create(CultureInfo.InvariantCulture, $"{name} is {value}; allowed is {allowed}"));
        }
        Check(Steps is >= 1 and <= 1_000_000, "steps", Steps, "1 to 1000000");
        Check(BatchRows is >= 1 and <= 65_536, "batch", BatchRows, "1 to 65536");
        Check(RowTokens >= 3, "max-length", RowTokens, "3 or more");
        Check(double.IsFinite(LearningRate) && LearningRate > 0, "lr", LearningRate, "a finite number above 0");
        Check(NewTokens >= 1, "max-new-tokens", NewTokens, "1 or more");
        return faults;
    }
}

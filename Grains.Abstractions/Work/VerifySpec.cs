namespace LoraCluster.Grains.Work;

/// <summary>An integrity check of a language model: what is injected, and how it is trained.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.VerifySpec")]
public sealed record VerifySpec
{
    /// <summary>Folder of the base model, on the silo.</summary>
    [Id(0)] public required string ModelPath { get; init; }

    /// <summary>True: the folder's configuration with seeded random weights; it needs no weights then.</summary>
    [Id(1)] public bool RandomWeights { get; init; }

    /// <summary>Folder of the texts that are trained on, on the silo; null: made-up sentences of the program's own.</summary>
    [Id(2)] public string? DatasetPath { get; init; }

    /// <summary>LoRA's rank, 1 or more.</summary>
    [Id(3)] public int Rank { get; init; } = 4;

    /// <summary>LoRA's alpha, above 0.</summary>
    [Id(4)] public double Alpha { get; init; } = 8;

    /// <summary>Modules that get an adapter: whole names, endings at a dot, or short names.</summary>
    [Id(5)] public IReadOnlyList<string> TargetModules { get; init; } = ["q", "v"];

    /// <summary>A PEFT <c>adapter_config.json</c> as text, which then decides instead; null: none.</summary>
    [Id(6)] public string? AdapterConfigJson { get; init; }

    /// <summary>Optimizer steps, 1 or more.</summary>
    [Id(7)] public int Steps { get; init; } = 20;

    /// <summary>Rows of a step, 1 or more.</summary>
    [Id(8)] public int BatchRows { get; init; } = 4;

    /// <summary>Tokens of a row, 3 or more.</summary>
    [Id(9)] public int RowTokens { get; init; } = 64;

    /// <summary>Learning rate, above 0.</summary>
    [Id(10)] public double LearningRate { get; init; } = 1e-3;

    /// <summary>What each text begins with.</summary>
    [Id(11)] public string Prompt { get; init; } = "Once upon a time";

    /// <summary>Tokens of each generated text, 1 or more.</summary>
    [Id(12)] public int NewTokens { get; init; } = 40;

    /// <summary>Seed of A, of the rows' order and of random weights.</summary>
    [Id(13)] public ulong Seed { get; init; }
}

/// <summary>A part of a check's result.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.VerifyPart")]
public abstract record VerifyPart;

/// <summary>A step that is done.</summary>
/// <param name="Step">From 1 on.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Loss">Mean loss per token.</param>
[GenerateSerializer, Immutable, Alias("loracluster.VerifyStep")]
public sealed record VerifyStep([property: Id(0)] int Step, [property: Id(1)] int Steps, [property: Id(2)] double Loss) : VerifyPart;

/// <summary>The last part: what was found.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.VerifyResult")]
public sealed record VerifyResult : VerifyPart
{
    /// <summary>Modules with an adapter, in the model's order.</summary>
    [Id(0)] public required IReadOnlyList<VerifyModule> Swapped { get; init; }
    /// <summary>Linear layers in all.</summary>
    [Id(1)] public required int LinearModules { get; init; }
    /// <summary>Parameters that are trained.</summary>
    [Id(2)] public required long TrainableParameters { get; init; }
    /// <summary>Parameters in all, adapters included.</summary>
    [Id(3)] public required long TotalParameters { get; init; }
    /// <summary>Bytes of the adapter's weights file.</summary>
    [Id(4)] public required long AdapterFileBytes { get; init; }
    /// <summary>Bytes of the base's parameters in fp32.</summary>
    [Id(5)] public required long BaseFileBytes { get; init; }
    /// <summary>Loss of the first step.</summary>
    [Id(6)] public required double FirstLoss { get; init; }
    /// <summary>Loss of the last step.</summary>
    [Id(7)] public required double LastLoss { get; init; }
    /// <summary>Text of the base.</summary>
    [Id(8)] public required string TextBefore { get; init; }
    /// <summary>Text with fresh adapters.</summary>
    [Id(9)] public required string TextInjected { get; init; }
    /// <summary>Text after training.</summary>
    [Id(10)] public required string TextTrained { get; init; }
    /// <summary>Text of the base with the saved adapter.</summary>
    [Id(11)] public required string TextReloaded { get; init; }
    /// <summary>What was checked, in order.</summary>
    [Id(12)] public required IReadOnlyList<VerifyFinding> Findings { get; init; }
}

/// <summary>A module with an adapter.</summary>
/// <param name="Name">Module path.</param>
/// <param name="Out">Outputs.</param>
/// <param name="In">Inputs.</param>
/// <param name="Rank">Rank of its adapter.</param>
[GenerateSerializer, Immutable, Alias("loracluster.VerifyModule")]
public sealed record VerifyModule([property: Id(0)] string Name, [property: Id(1)] int Out, [property: Id(2)] int In,
    [property: Id(3)] int Rank);

/// <summary>One thing that was checked.</summary>
/// <param name="Claim">What should hold.</param>
/// <param name="Holds">Whether it does.</param>
/// <param name="Evidence">What was seen.</param>
[GenerateSerializer, Immutable, Alias("loracluster.VerifyFinding")]
public sealed record VerifyFinding([property: Id(0)] string Claim, [property: Id(1)] bool Holds, [property: Id(2)] string Evidence);

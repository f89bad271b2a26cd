using LoraCluster.Grains.Runs;
using LoraCluster.Grains.Work;
using MessagePack;

namespace LoraCluster.Grains.Jobs;

/// <summary>A model, an adapter on it if any, and the rows to score.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.EvaluationSpec"), MessagePackObject]
public sealed record EvaluationSpec : JobSpec
{
    /// <inheritdoc/>
    [IgnoreMember] public override RunKind Kind => RunKind.Evaluation;

    /// <summary>Folder of the model in Hugging Face layout, as the silos see it, or its name at the hub with a commit. With
    /// <see cref="ModelArtifactId"/> it is where that run began, and gives the tokenizer alone.</summary>
    [Id(0), Key(3)] public required string ModelPath { get; init; }

    /// <summary>Artifact of a run that trained a whole model (full, head); null: the folder is the model.</summary>
    [Id(1), Key(4)] public string? ModelArtifactId { get; init; }

    /// <summary>The adapter; null: the model as it is.</summary>
    [Id(2), Key(5)] public AdapterSource? Adapter { get; init; }

    /// <summary>True: the adapter is merged into a copy of the base first.</summary>
    [Id(3), Key(6)] public bool Merge { get; init; }

    /// <summary>The data set, as the silos see it: a folder, FOLDER:SUBSET, a file, or a name at the hub with a commit.</summary>
    [Id(4), Key(7)] public required string DatasetPath { get; init; }

    /// <summary>The column that holds the text; null: found.</summary>
    [Id(5), Key(8)] public string? TextColumn { get; init; }

    /// <summary>The column that holds the label; null: found.</summary>
    [Id(6), Key(9)] public string? LabelColumn { get; init; }

    /// <summary>Longest row in tokens; longer ones are cut.</summary>
    [Id(7), Key(10)] public int MaxLength { get; init; } = 128;

    /// <summary>Rows of a batch, 1 or more.</summary>
    [Id(8), Key(11)] public int BatchSize { get; init; } = 32;

    /// <summary>Only the first so many rows; null: all.</summary>
    [Id(9), Key(12)] public int? MaxExamples { get; init; }

    /// <summary>fp32 or bf16.</summary>
    [Id(10), Key(13)] public string Dtype { get; init; } = "fp32";

    /// <summary>Silos that share the rows, 1 or more; the result does not depend on it.</summary>
    [Id(11), Key(14)] public int Evaluators { get; init; } = 1;

    /// <summary>How a language model's texts become rows: packed or padded.</summary>
    [Id(12), Key(15)] public string Packing { get; init; } = "packed";

    /// <summary>What the head reads: cls or mean; null: as the model was saved.</summary>
    [Id(13), Key(16)] public string? Pooling { get; init; }

    /// <summary>True: what was predicted for each row is kept with the job.</summary>
    [Id(14), Key(17)] public bool KeepPredictions { get; init; }

    /// <summary>The split, as <c>test</c>, or <c>all</c> of a data set that is one file; null: the one that training evaluates
    /// on.</summary>
    [Id(15), Key(18)] public string? Split { get; init; }
}

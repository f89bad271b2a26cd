using LoraCluster.Grains.Jobs;

namespace LoraCluster.Grains.Work;

/// <summary>A model to evaluate or to ask: a folder or a run's artifact, with an adapter or without.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.ModelSource")]
public sealed record ModelSource
{
    /// <summary>Folder of the model in Hugging Face layout, as the silo sees it, or its name at the hub with a commit. With
    /// <see cref="ArtifactId"/> it is where that run began, and gives the tokenizer alone.</summary>
    [Id(0)] public required string ModelPath { get; init; }

    /// <summary>Artifact of a run that trained a whole model (full, head); null: the folder is the model.</summary>
    [Id(1)] public string? ArtifactId { get; init; }

    /// <summary>The adapter; null: the model as it is.</summary>
    [Id(2)] public AdapterSource? Adapter { get; init; }

    /// <summary>True: the adapter is merged into a copy of the base first.</summary>
    [Id(3)] public bool Merge { get; init; }

    /// <summary>fp32 or bf16.</summary>
    [Id(4)] public string Dtype { get; init; } = "fp32";

    /// <summary>What a classifier's head reads: cls or mean; null: as the model was saved.</summary>
    [Id(5)] public string? Pooling { get; init; }

    /// <summary>The model of an evaluation.</summary>
    public static ModelSource Of(EvaluationSpec spec) => new()
    {
        ModelPath = spec.ModelPath, ArtifactId = spec.ModelArtifactId, Adapter = spec.Adapter, Merge = spec.Merge, Dtype = spec.Dtype,
        Pooling = spec.Pooling,
    };
}

using System.Text.Json;
using System.Text.Json.Serialization;
using LoraCluster.Training;

namespace LoraCluster.Grains.Benchmarks;

/// <summary>What a benchmark asks of a process of its own: one line of JSON on its standard input.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "work")]
[JsonDerivedType(typeof(ChildTraining), "train"), JsonDerivedType(typeof(ChildLoading), "load")]
internal abstract record ChildRequest
{
    /// <summary>Folder of the model on this machine.</summary>
    public required string ModelFolder { get; init; }

    /// <summary><c>cpu</c> or <c>cuda:N</c>.</summary>
    public required string Device { get; init; }

    /// <summary>Threads of its tensor operations.</summary>
    public required int Threads { get; init; }

    /// <summary>fp32 or bf16.</summary>
    public required string Dtype { get; init; }
}

/// <summary>Train with one method and one seed.</summary>
internal sealed record ChildTraining : ChildRequest
{
    public required string DatasetPath { get; init; }
    public required string Method { get; init; }
    public required ulong Seed { get; init; }
    public required int Steps { get; init; }
    public int? MaxExamples { get; init; }
    public required int MaxLength { get; init; }
    public required int GlobalBatchSize { get; init; }
    public required int MicroBatchSize { get; init; }
    public required int Rank { get; init; }
    public required double Alpha { get; init; }
    public double Dropout { get; init; }
    public Batching Batching { get; init; } = Batching.Grouped;
    public bool Evaluates { get; init; } = true;
    public required IReadOnlyList<string> Targets { get; init; }
}

/// <summary>Load a model and compute one batch.</summary>
internal sealed record ChildLoading : ChildRequest;

/// <summary>A line of the process's standard output.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ChildProgress), "progress"), JsonDerivedType(typeof(ChildFault), "fault")]
[JsonDerivedType(typeof(TrainingFigures), "trained"), JsonDerivedType(typeof(LoadingFigures), "loaded")]
internal abstract record ChildAnswer;

/// <summary>It goes on.</summary>
internal sealed record ChildProgress(int Step, int Steps) : ChildAnswer;

/// <summary>It cannot be done.</summary>
internal sealed record ChildFault(string Message) : ChildAnswer;

/// <summary>What training cost and reached.</summary>
internal sealed record TrainingFigures : ChildAnswer
{
    public required long TrainableParameters { get; init; }
    public required long TotalParameters { get; init; }
    public required IReadOnlyList<double> StepTimesMs { get; init; }
    public required IReadOnlyList<int> Rows { get; init; }
    public required long PeakMemoryBytes { get; init; }
    public required long OptimizerBytes { get; init; }
    public required long GradientBytes { get; init; }
    public required long ResultBytes { get; init; }
    public required long Correct { get; init; }
    public required long Evaluated { get; init; }
    public required double EvaluationLoss { get; init; }
}

/// <summary>What loading cost.</summary>
internal sealed record LoadingFigures(double LoadMs, double FirstResultMs, long ResidentBytes, long PeakMemoryBytes) : ChildAnswer;

/// <summary>How the messages travel.</summary>
internal static class ChildJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        // A loss may be no finite number.
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, AllowOutOfOrderMetadataProperties = true,
    };

    public static string Write<T>(T message) => JsonSerializer.Serialize(message, Options);

    public static T Read<T>(string line) =>
        JsonSerializer.Deserialize<T>(line, Options) ?? throw new JsonException("an empty message");
}

using LoraCluster.Training;

namespace LoraCluster.Client.Training;

/// <summary>The words of the command line and of a spec for the library's enumerations.</summary>
internal static class Words
{
    public static string Of(TrainingMethod method) =>
        method switch { TrainingMethod.Full => "full", TrainingMethod.Head => "head", _ => "lora" };

    public static string Of(Batching batching) => batching == Batching.Random ? "random" : "grouped";

    public static string Of(ScheduleKind schedule) =>
        schedule switch { ScheduleKind.Cosine => "cosine", ScheduleKind.Constant => "constant", _ => "linear" };

    public static string Of(Precision precision) => precision == Precision.BFloat16 ? "bf16" : "fp32";
}

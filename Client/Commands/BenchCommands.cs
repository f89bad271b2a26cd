using System.ComponentModel;
using Spectre.Console.Cli;

namespace LoraCluster.Client.Commands;

internal sealed class InferenceBenchSettings : ModelBenchSettings
{
    [CommandOption("--batch-sizes <N,N>")]
    [Description("Rows of a batch. Default 1,8,32.")]
    public string? BatchSizes { get; init; }

    [CommandOption("--lengths <N,N>")]
    [Description("Tokens of a row. Default 16,64,128.")]
    public string? Lengths { get; init; }

    [CommandOption("--rounds <N>")]
    [Description("Rounds in which the configurations take turns. Default 10.")]
    public string? Rounds { get; init; }

    [CommandOption("--repetitions <N>")]
    [Description("Timed batches of each configuration in a round. Default 10.")]
    public string? Repetitions { get; init; }

    [CommandOption("--warmup <N>")]
    [Description("Batches before them that do not count. Default 3.")]
    public string? Warmup { get; init; }

    [CommandOption("-r|--rank <N>")]
    [Description("The adapter's rank. Default 8.")]
    public string? Rank { get; init; }

    [CommandOption("-t|--target <NAMES>")]
    [Description("Modules with an adapter, by commas. Default q,v.")]
    public string? Target { get; init; }

    [CommandOption("--dtype <TYPE>")]
    [Description("fp32 or bf16. Default fp32.")]
    public string? Dtype { get; init; }

    public override string Benchmark => "inference";
}

internal sealed class TrainingBenchSettings : DataBenchSettings
{
    [CommandOption("--methods <NAMES>")]
    [Description("full, lora, head, or some of them; the first is what the others are compared with. Default full,lora,head.")]
    public string? Methods { get; init; }

    [CommandOption("--seeds <N,N>")]
    [Description("Each method is trained once with each. Default 1,2,3.")]
    public string? Seeds { get; init; }

    [CommandOption("--max-steps <N>")]
    [Description("Optimizer steps of each. Default 100.")]
    public string? MaxSteps { get; init; }

    [CommandOption("--warmup <N>")]
    [Description("First steps that do not count. Default 5.")]
    public string? Warmup { get; init; }

    [CommandOption("--max-examples <N>")]
    [Description("Train on the first N rows only. Default 3200.")]
    public string? MaxExamples { get; init; }

    [CommandOption("--max-length <N>")]
    [Description("Longest row in tokens. Default 128.")]
    public string? MaxLength { get; init; }

    [CommandOption("--global-batch <N>")]
    [Description("Rows of an optimizer step. Default 32.")]
    public string? GlobalBatch { get; init; }

    [CommandOption("--micro-batch <N>")]
    [Description("Rows computed at once; divides the global batch. Default 8.")]
    public string? MicroBatch { get; init; }

    [CommandOption("-r|--rank <N>")]
    [Description("LoRA: rank. Default 8.")]
    public string? Rank { get; init; }

    [CommandOption("--alpha <X>")]
    [Description("LoRA: alpha. Default twice the rank.")]
    public string? Alpha { get; init; }

    [CommandOption("-t|--target <NAMES>")]
    [Description("LoRA: modules with an adapter, by commas. Default q,v.")]
    public string? Target { get; init; }

    [CommandOption("--dtype <TYPE>")]
    [Description("fp32 or bf16. Default fp32.")]
    public string? Dtype { get; init; }

    public override string Benchmark => "training";
}

internal sealed class TokenizerBenchSettings : DataBenchSettings
{
    [CommandOption("--max-examples <N>")]
    [Description("The first N rows only. Default 10000.")]
    public string? MaxExamples { get; init; }

    [CommandOption("--max-length <N>")]
    [Description("Longest row in tokens. Default 128.")]
    public string? MaxLength { get; init; }

    [CommandOption("--rounds <N>")]
    [Description("Passes over the rows. Default 10.")]
    public string? Rounds { get; init; }

    public override string Benchmark => "tokenizer";
}

internal sealed class LoadBenchSettings : ModelBenchSettings
{
    [CommandOption("--dtypes <TYPES>")]
    [Description("fp32, bf16 or both, by commas. Default fp32,bf16.")]
    public string? Dtypes { get; init; }

    [CommandOption("--rounds <N>")]
    [Description("Fresh processes for each. Default 5.")]
    public string? Rounds { get; init; }

    public override string Benchmark => "load";
}

internal sealed class AllReduceBenchSettings : BenchSettings
{
    [CommandOption("--trainers <N,N>")]
    [Description("Numbers of trainers. Default 1,2,4.")]
    public string? Trainers { get; init; }

    [CommandOption("--payload-kb <N,N>")]
    [Description("Sizes of the sum, in kB. Default 300,600,3000.")]
    public string? PayloadKilobytes { get; init; }

    [CommandOption("--rounds <N>")]
    [Description("Sums that are timed. Default 50.")]
    public string? Rounds { get; init; }

    [CommandOption("--warmup <N>")]
    [Description("Sums before them that do not count. Default 10.")]
    public string? Warmup { get; init; }

    public override string Benchmark => "allreduce";
}

internal sealed class PeerBenchSettings : DataBenchSettings
{
    [CommandOption("--rounds <N>")]
    [Description("Trainings of each, in turn. Default 5.")]
    public string? Rounds { get; init; }

    [CommandOption("--max-steps <N>")]
    [Description("Optimizer steps of each. Default 40.")]
    public string? MaxSteps { get; init; }

    [CommandOption("--warmup <N>")]
    [Description("First steps that do not count. Default 5.")]
    public string? Warmup { get; init; }

    [CommandOption("--micro-batch <N>")]
    [Description("Rows that ours computes at once, a divisor of 32; the peer takes all 32. Default 32.")]
    public string? MicroBatch { get; init; }

    [CommandOption("--batching <KIND>")]
    [Description("grouped (rows of like length together) or random. Default grouped.")]
    public string? Batching { get; init; }

    [CommandOption("-r|--rank <N>")]
    [Description("The adapter's rank. Default 8.")]
    public string? Rank { get; init; }

    [CommandOption("--target <NAMES>")]
    [Description("Modules with an adapter, by PEFT's names. Default query,value.")]
    public string? Target { get; init; }

    [CommandOption("--dtype <TYPE>")]
    [Description("fp32, or bf16 (the peer: autocast). Default fp32.")]
    public string? Dtype { get; init; }

    public override string Benchmark => "peer";
}

internal sealed class ScalingBenchSettings : DataBenchSettings
{
    [CommandOption("--trainers <N,N>")]
    [Description("Numbers of silos that share the work, a trainer on each. Default 1 to the number of silos that are named, else 1,2.")]
    public string? Trainers { get; init; }

    [CommandOption("--max-steps <N>")]
    [Description("Optimizer steps of each. Default 40.")]
    public string? MaxSteps { get; init; }

    [CommandOption("--warmup <N>")]
    [Description("First steps that do not count. Default 5.")]
    public string? Warmup { get; init; }

    [CommandOption("--max-examples <N>")]
    [Description("Train on the first N rows only. Default 3200.")]
    public string? MaxExamples { get; init; }

    [CommandOption("--max-length <N>")]
    [Description("Longest row in tokens. Default 128.")]
    public string? MaxLength { get; init; }

    [CommandOption("--global-batch <N>")]
    [Description("Rows of an optimizer step. Default 32.")]
    public string? GlobalBatch { get; init; }

    [CommandOption("--micro-batch <N>")]
    [Description("Rows that a trainer computes at once; divides the global batch. Default 8.")]
    public string? MicroBatch { get; init; }

    [CommandOption("-r|--rank <N>")]
    [Description("The adapter's rank. Default 8.")]
    public string? Rank { get; init; }

    [CommandOption("-t|--target <NAMES>")]
    [Description("Modules with an adapter, by commas. Default q,v.")]
    public string? Target { get; init; }

    [CommandOption("--dtype <TYPE>")]
    [Description("fp32 or bf16. Default fp32.")]
    public string? Dtype { get; init; }

    public override string Benchmark => "scaling";
}

using System.ComponentModel;
using Spectre.Console.Cli;

namespace LoraCluster.Client.Commands;

/// <summary>
/// Options of <c>train</c>. All values are texts, parsed in one place (<see cref="Training.TrainingRequest"/>), so that a command line
/// with several faults is told about all of them.
/// </summary>
internal sealed class TrainSettings : ClusterSettings
{
    [CommandOption("-m|--model <MODEL>")]
    [Description("Base model: a folder in Hugging Face layout (config.json, weights, a tokenizer), or a name at the hub "
        + "(name, owner/name, owner/name@revision), which is downloaded.")]
    public string? Model { get; init; }

    [CommandOption("-d|--dataset <DATASET>")]
    [Description("Data set: a folder (or FOLDER:SUBSET) with train and dev, validation or test, as .tsv, .csv, .jsonl, .parquet or .txt; "
        + "or a name at the hub (owner/name, owner/name:subset).")]
    public string? Dataset { get; init; }

    [CommandOption("--revision <REV>")]
    [Description("The model's revision at the hub: a branch, a tag, a commit or refs/pr/N. Default main.")]
    public string? Revision { get; init; }

    [CommandOption("--text-column <NAME>")]
    [Description("Column with the text. Default: sentence, else text, else the only one of texts.")]
    public string? TextColumn { get; init; }

    [CommandOption("--label-column <NAME>")]
    [Description("Column with the label. Default: label.")]
    public string? LabelColumn { get; init; }

    [CommandOption("--method <METHOD>")]
    [Description("lora, full (every parameter) or head (the classification head alone). Default lora.")]
    public string? Method { get; init; }

    [CommandOption("-r|--rank <N>")]
    [Description("LoRA: rank. Default 8.")]
    public string? Rank { get; init; }

    [CommandOption("--alpha <X>")]
    [Description("LoRA: alpha; the update is scaled by alpha / rank. Default 16.")]
    public string? Alpha { get; init; }

    [CommandOption("--dropout <P>")]
    [Description("LoRA: dropout before A. Default 0. The model's own dropouts are those of its config.json.")]
    public string? Dropout { get; init; }

    [CommandOption("-t|--target <NAMES>")]
    [Description("LoRA: modules with an adapter, by commas: short names (q, k, v, o) or PEFT's names. Default q,v.")]
    public string? Target { get; init; }

    [CommandOption("--target-regex <REGEX>")]
    [Description("LoRA: a regular expression for whole module names, instead of --target.")]
    public string? TargetRegex { get; init; }

    [CommandOption("--rslora")]
    [Description("LoRA: scale the update by alpha / sqrt(rank) (rsLoRA).")]
    public bool RsLora { get; init; }

    [CommandOption("--dora")]
    [Description("LoRA: train a magnitude for each output besides (DoRA).")]
    public bool Dora { get; init; }

    [CommandOption("--bias <WHICH>")]
    [Description("LoRA: biases that are trained besides: none, all or lora_only (those of adapted layers). Default none.")]
    public string? Bias { get; init; }

    [CommandOption("--init <START>")]
    [Description("LoRA: what A and B start from: kaiming, gaussian, random, pissa or olora. Default kaiming.")]
    public string? Init { get; init; }

    [CommandOption("--loraplus-ratio <X>")]
    [Description("LoRA: learn B X times as fast as A (LoRA+). Default 1.")]
    public string? LoraPlusRatio { get; init; }

    [CommandOption("--adapter-config <FILE>")]
    [Description("LoRA: a PEFT adapter_config.json, instead of the other options marked LoRA.")]
    public string? AdapterConfig { get; init; }

    [CommandOption("-e|--epochs <N>")]
    [Description("Passes over the training rows. Default 1.")]
    public string? Epochs { get; init; }

    [CommandOption("--max-steps <N>")]
    [Description("End after so many optimizer steps.")]
    public string? MaxSteps { get; init; }

    [CommandOption("--max-examples <N>")]
    [Description("Train on the first N rows only.")]
    public string? MaxExamples { get; init; }

    [CommandOption("--max-length <N>")]
    [Description("Longest row in tokens. Default 128.")]
    public string? MaxLength { get; init; }

    [CommandOption("--packing <KIND>")]
    [Description("Language models: padded (a row a text) or packed (texts one after the other, cut at --max-length). Default padded.")]
    public string? Packing { get; init; }

    [CommandOption("--pooling <KIND>")]
    [Description("What the head reads: cls (the first token), or mean (of all tokens; only with method head). Default cls.")]
    public string? Pooling { get; init; }

    [CommandOption("--batching <KIND>")]
    [Description("grouped (rows of like length together) or random. Default grouped.")]
    public string? Batching { get; init; }

    [CommandOption("--lr <X>")]
    [Description("Peak learning rate. Default 1e-3 for lora, 1e-4 for full, 1e-2 for head.")]
    public string? LearningRate { get; init; }

    [CommandOption("--schedule <KIND>")]
    [Description("linear, cosine or constant, after the warm-up. Default linear.")]
    public string? Schedule { get; init; }

    [CommandOption("--warmup <SHARE>")]
    [Description("Share of the steps that warm up. Default 0.06.")]
    public string? Warmup { get; init; }

    [CommandOption("--weight-decay <X>")]
    [Description("AdamW's weight decay. Default 0.01.")]
    public string? WeightDecay { get; init; }

    [CommandOption("--max-grad-norm <X>")]
    [Description("Clip the gradient to this norm; 0: no clipping. Default 1.")]
    public string? MaxGradNorm { get; init; }

    [CommandOption("--global-batch <N>")]
    [Description("Rows of an optimizer step. Default 32.")]
    public string? GlobalBatch { get; init; }

    [CommandOption("--micro-batch <N>")]
    [Description("Rows that a trainer computes at once; divides the global batch. Default 8.")]
    public string? MicroBatch { get; init; }

    [CommandOption("--trainers <N>")]
    [Description("Trainers that share the work. Default: one a silo, as far as there are micro-batches.")]
    public string? Trainers { get; init; }

    [CommandOption("--threads-per-trainer <N>")]
    [Description("Threads of each trainer. Default: the smallest silo's threads, shared by the trainers on it.")]
    public string? ThreadsPerTrainer { get; init; }

    [CommandOption("-s|--seed <N>")]
    [Description("Seed of the data order, the dropouts and new weights. Default 0.")]
    public string? Seed { get; init; }

    [CommandOption("--dtype <TYPE>")]
    [Description("fp32 or bf16 (frozen weights and products; all that is trained stays fp32). Default fp32.")]
    public string? Dtype { get; init; }

    [CommandOption("--checkpoint-seconds <X>")]
    [Description("Seconds between checkpoints; 0: only on pause and at the end. Default 5; 0 for full.")]
    public string? CheckpointSeconds { get; init; }

    [CommandOption("--eval-steps <N>")]
    [Description("Evaluate the held-out split every N steps, and at the end (transformers: eval_steps). Default: at the end alone.")]
    public string? EvalSteps { get; init; }

    [CommandOption("--keep-best")]
    [Description("The result is the state with the best evaluation, not the last (transformers: load_best_model_at_end).")]
    public bool KeepBest { get; init; }

    [CommandOption("--best-by <FIGURE>")]
    [Description("What makes an evaluation the best: loss or accuracy (transformers: metric_for_best_model). Default loss.")]
    public string? BestBy { get; init; }

    [CommandOption("--patience <N>")]
    [Description("Stop after N evaluations without a better one (transformers: early_stopping_patience).")]
    public string? Patience { get; init; }

    [CommandOption("--no-equal-bits")]
    [Description("Also train on silos whose kernels fail the self-test of equal bits.")]
    public bool NoEqualBits { get; init; }

    [CommandOption("-n|--name <TEXT>")]
    [Description("A label for the run.")]
    public string? Name { get; init; }

    [CommandOption("-o|--output <DIR>")]
    [Description("Copy the finished adapter (or model) to this folder.")]
    public string? Output { get; init; }

    [CommandOption("-f|--force")]
    [Description("Overwrite a result that is in the output folder already.")]
    public bool Force { get; init; }

    [CommandOption("--tensorboard <DIR>")]
    [Description("Write TensorBoard's event files to this folder while the run goes on, in a folder of the run's name.")]
    public string? TensorBoard { get; init; }

    [CommandOption("--detach")]
    [Description("Submit and return at once; 'client watch RUN' follows the run.")]
    public bool Detach { get; init; }
}

using System.Globalization;
using LoraCluster.Client.Commands;
using Spectre.Console.Cli;

namespace LoraCluster.Client.Cli;

/// <summary>The console: its commands, their examples, and what becomes of exceptions.</summary>
internal static class ClientApp
{
    public const string Name = "client";

    private static readonly (string Name, Type Settings)[] Commands =
    [
        ("train", typeof(TrainSettings)), ("runs", typeof(RunsSettings)), ("show", typeof(ShowSettings)), ("watch", typeof(WatchSettings)),
        ("cancel", typeof(StopSettings)), ("pause", typeof(StopSettings)), ("resume", typeof(ResumeSettings)),
        ("delete", typeof(DeleteSettings)), ("history", typeof(HistorySettings)), ("report", typeof(ReportCommandSettings)),
        ("evaluate", typeof(EvaluateSettings)), ("predict", typeof(PredictSettings)), ("generate", typeof(GenerateSettings)),
        ("bench inference", typeof(InferenceBenchSettings)), ("bench training", typeof(TrainingBenchSettings)),
        ("bench tokenizer", typeof(TokenizerBenchSettings)), ("bench load", typeof(LoadBenchSettings)),
        ("bench allreduce", typeof(AllReduceBenchSettings)), ("bench scaling", typeof(ScalingBenchSettings)),
        ("bench peer", typeof(PeerBenchSettings)),
        ("adapter pull", typeof(AdapterPullSettings)), ("merge", typeof(MergeSettings)), ("verify", typeof(VerifySettings)),
        ("cluster", typeof(ClusterCommandSettings)), ("drain", typeof(DrainSettings)), ("undrain", typeof(DrainSettings)),
        ("download", typeof(DownloadSettings)), ("tokenize", typeof(TokenizeSettings)), ("inspect", typeof(InspectSettings)),
        ("quickstart", typeof(QuickStartSettings)),
    ];

    public static IEnumerable<string> CommandNames => Commands.Select(command => command.Name);

    public static Type SettingsOf(string command) => Commands.First(known => known.Name == command).Settings;

    /// <summary>The command that the arguments begin with, or null.</summary>
    public static string? CommandOf(string[] arguments)
    {
        string[] words = [.. arguments.TakeWhile(argument => !argument.StartsWith('-')).Take(2)];
        return CommandNames.FirstOrDefault(name => name == string.Join(' ', words))
            ?? CommandNames.FirstOrDefault(name => words is [var word, ..] && name == word);
    }

    public static async Task<int> RunAsync(string[] arguments, ClientContext context)
    {
        var errors = new ErrorReport(context, arguments);
        var app = new CommandApp(new TypeRegistrar(context));
        app.Configure(configurator =>
        {
            configurator.SetApplicationName(Name);
            configurator.SetApplicationVersion(typeof(ClientApp).Assembly.GetName().Version?.ToString(3) ?? "");
            configurator.SetApplicationCulture(CultureInfo.InvariantCulture);
            configurator.ConfigureConsole(context.Console);
            configurator.UseStrictParsing();
            configurator.SetExceptionHandler((exception, _) => errors.Write(exception));
            AddRunCommands(configurator);
            AddModelCommands(configurator);
            AddBenchCommands(configurator);
            AddOtherCommands(configurator);
        });
        if (CommandLine.OptionWithoutValue(arguments, CommandOf(arguments) is { } command ? SettingsOf(command) : null) is { } option)
            return errors.Write(new ClientException(ExitCodes.Usage, $"{option} has no value"));
        return await app.RunAsync(CommandLine.JoinNegativeNumbers(arguments));
    }

    private static void AddRunCommands(IConfigurator configurator)
    {
        configurator.AddCommand<QuickStartCommand>("quickstart")
            .WithDescription("A first run with the built-in model and data set; needs nothing else.")
            .WithExample("quickstart");
        configurator.AddCommand<TrainCommand>("train").WithDescription("Fine-tune a model on a data set. Ctrl+C cancels the run.")
            .WithExample("train", "--model", "all-minilm-l6-v2", "--dataset", "sst2")
            .WithExample("train", "--model", "distilbert-base-uncased", "--dataset", "nyu-mll/glue:sst2")
            .WithExample("train", "--model", "all-minilm-l6-v2", "--dataset", "sst2", "--max-examples", "8000", "--output", "adapter")
            .WithExample("train", "--model", "all-minilm-l6-v2", "--dataset", "sst2", "--method", "head", "--detach", "--json");
        configurator.AddCommand<RunsCommand>("runs").WithDescription("List runs, evaluations and benchmarks, newest first.")
            .WithExample("runs", "--count", "5").WithExample("runs", "--kind", "evaluation");
        configurator.AddCommand<ShowCommand>("show").WithDescription("Everything that is known of a run or job.")
            .WithExample("show", "run-abcdefgh2345").WithExample("show", "eval-abcdefgh2345");
        configurator.AddCommand<WatchCommand>("watch").WithDescription("Follow a run or job to its end. Ctrl+C leaves it alone.")
            .WithExample("watch", "run-abcdefgh2345");
        configurator.AddCommand<CancelCommand>("cancel").WithDescription("End a run within one step, a job after the part at hand.")
            .WithExample("cancel", "run-abcdefgh2345");
        configurator.AddCommand<PauseCommand>("pause").WithDescription("Stop a run after the step at hand, with a checkpoint.")
            .WithExample("pause", "run-abcdefgh2345");
        configurator.AddCommand<ResumeCommand>("resume").WithDescription("Go on from the last checkpoint, to the same bits.")
            .WithExample("resume", "run-abcdefgh2345", "--watch");
        configurator.AddCommand<DeleteCommand>("delete").WithDescription("Delete a run or job with its checkpoints and its result.")
            .WithExample("delete", "run-abcdefgh2345", "--yes");
        configurator.AddCommand<HistoryCommand>("history").WithDescription("A run's figures step by step.")
            .WithExample("history", "run-abcdefgh2345").WithExample("history", "run-abcdefgh2345", "--csv");
        configurator.AddCommand<ReportCommand>("report")
            .WithDescription("Runs, evaluations and benchmarks side by side, as one HTML file with figures and tables.")
            .WithExample("report", "run-abcdefgh2345")
            .WithExample("report", "run-abcdefgh2345", "run-bcdefgh23456", "--output", "lora-against-full.html", "--figures", "figures");
        configurator.AddBranch("adapter", adapter =>
        {
            adapter.SetDescription("What finished runs hand back.");
            adapter.AddCommand<AdapterPullCommand>("pull").WithDescription("Copy a finished run's adapter (or model) to a folder.")
                .WithExample("adapter", "pull", "run-abcdefgh2345", "--output", "adapter");
        });
    }

    private static void AddModelCommands(IConfigurator configurator)
    {
        configurator.AddCommand<EvaluateCommand>("evaluate")
            .WithDescription("How a finished model does on a held-out split, with confidence intervals. Kept, and shown by 'client runs'.")
            .WithExample("evaluate", "run-abcdefgh2345")
            .WithExample("evaluate", "--model", "all-minilm-l6-v2", "--adapter", "adapter", "--dataset", "sst2")
            .WithExample("evaluate", "--model", "opt-125m", "--dataset", "test.txt", "--split", "all");
        configurator.AddCommand<PredictCommand>("predict").WithDescription("What a classifier says of texts. Computed on a silo.")
            .WithExample("predict", "--model", "run-abcdefgh2345", "\"a gorgeous, witty film\"")
            .WithExample("predict", "-m", "all-minilm-l6-v2", "-a", "adapter", "--file", "texts.txt", "--json");
        configurator.AddCommand<GenerateCommand>("generate")
            .WithDescription("How a language model goes on with a text. Computed on a silo.")
            .WithExample("generate", "--model", "facebook/opt-125m", "\"Once upon a time\"", "--max-new-tokens", "80")
            .WithExample("generate", "-m", "run-abcdefgh2345", "\"The cat\"", "--temperature", "0.8", "--top-p", "0.9", "--seed", "1");
    }

    private static void AddBenchCommands(IConfigurator configurator) => configurator.AddBranch("bench", bench =>
    {
        bench.SetDescription("Measure on silos that do nothing else meanwhile. Kept, and shown by 'client runs' and 'client report'.");
        bench.AddCommand<BenchCommand<InferenceBenchSettings>>("inference")
            .WithDescription("Latency and throughput of a base, with an adapter beside it and with the adapter merged.")
            .WithExample("bench", "inference", "--model", "all-minilm-l6-v2", "--batch-sizes", "1,8,32", "--lengths", "16,64,128");
        bench.AddCommand<BenchCommand<TrainingBenchSettings>>("training")
            .WithDescription("Full fine-tuning against LoRA against the head alone: speed, memory, storage, accuracy over seeds.")
            .WithExample("bench", "training", "--model", "all-minilm-l6-v2", "--dataset", "sst2", "--seeds", "1,2,3");
        bench.AddCommand<BenchCommand<TokenizerBenchSettings>>("tokenizer").WithDescription("Rows and megabytes per second of a tokenizer.")
            .WithExample("bench", "tokenizer", "--model", "all-minilm-l6-v2", "--dataset", "sst2");
        bench.AddCommand<BenchCommand<LoadBenchSettings>>("load")
            .WithDescription("Time and memory from a folder to a ready model, in fresh processes.")
            .WithExample("bench", "load", "--model", "all-minilm-l6-v2");
        bench.AddCommand<BenchCommand<AllReduceBenchSettings>>("allreduce")
            .WithDescription("The round trip of the sum of gradients, by trainers and payload; between two silos where two are named.")
            .WithExample("bench", "allreduce", "--silos", "silo-1,silo-2");
        bench.AddCommand<BenchCommand<ScalingBenchSettings>>("scaling").WithDescription("Samples per second over one silo, two, and so on.")
            .WithExample("bench", "scaling", "--model", "all-minilm-l6-v2", "--dataset", "sst2", "--trainers", "1,2,4");
        bench.AddCommand<BenchCommand<PeerBenchSettings>>("peer")
            .WithDescription("The same training by PEFT in turn with ours, on a silo that was started with LORACLUSTER_PYTHON.")
            .WithExample("bench", "peer", "--model", "all-minilm-l6-v2", "--dataset", "sst2");
    });

    private static void AddOtherCommands(IConfigurator configurator)
    {
        configurator.AddCommand<MergeCommand>("merge")
            .WithDescription("Adapters into their base model: a Hugging Face folder that needs no adapter any more. Computed on a silo.")
            .WithExample("merge", "--model", "all-minilm-l6-v2", "--adapter", "run-abcdefgh2345", "--output", "merged")
            .WithExample("merge", "-m", "llama", "-a", "first", "-a", "second", "--combination", "cat", "--weights", "0.7,0.3",
                "-o", "both");
        configurator.AddCommand<VerifyCommand>("verify")
            .WithDescription("The integrity check of a language model: what LoRA swaps, trains and saves; the base keeps its bits.")
            .WithExample("verify", "--model", "facebook/opt-125m")
            .WithExample("verify", "--model", "opt-125m", "--random-weights", "--rank", "8");
        configurator.AddCommand<ClusterCommand>("cluster").WithDescription("The silos of the cluster; succeeds with at least one active.")
            .WithExample("cluster").WithExample("cluster", "--redis", "10.0.0.5:6379,password=...");
        configurator.AddCommand<DrainCommand>("drain")
            .WithDescription("Empty a silo before it is stopped: its runs pause after their step and go on elsewhere by themselves.")
            .WithExample("drain", "silo-2");
        configurator.AddCommand<UndrainCommand>("undrain").WithDescription("Let a drained silo take trainers again.")
            .WithExample("undrain", "silo-2");
        configurator.AddCommand<DownloadCommand>("download")
            .WithDescription("Bring a model or data set from the Hugging Face hub into the cache; prints its folder.")
            .WithExample("download", "distilbert-base-uncased").WithExample("download", "--dataset", "nyu-mll/glue:sst2");
        configurator.AddCommand<TokenizeCommand>("tokenize").WithDescription("Texts to ids and pieces, as training sees them.")
            .WithExample("tokenize", "--model", "all-minilm-l6-v2", "\"a gorgeous, witty film\"");
        configurator.AddCommand<InspectCommand>("inspect")
            .WithDescription("What a model, adapter, safetensors file or data set holds, and what is wrong with it.")
            .WithExample("inspect", "all-minilm-l6-v2").WithExample("inspect", "adapter", "--model", "all-minilm-l6-v2");
    }
}

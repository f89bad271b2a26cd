using System.ComponentModel;
using System.Reflection;
using Spectre.Console.Cli;

namespace LoraCluster.Client.Commands;

/// <summary>
/// Options of every <c>bench</c> command. A benchmark's own options are texts that travel by their names: the benchmark itself knows what
/// is allowed, and the cluster refuses the rest with all faults before anything is queued.
/// </summary>
internal abstract class BenchSettings : ClusterSettings
{
    [CommandOption("--silos <NAMES>")]
    [Description("Silos that it has for itself, by commas, as silo-1,silo-2. Default: as many as it needs, any.")]
    public string? Silos { get; init; }

    [CommandOption("--threads <N>")]
    [Description("Threads of the tensor operations. Default: all of the smallest silo.")]
    public string? Threads { get; init; }

    [CommandOption("-n|--name <TEXT>")]
    [Description("A label for the job.")]
    public string? Name { get; init; }

    [CommandOption("--detach")]
    [Description("Submit and return at once; 'client show JOB' shows the result later.")]
    public bool Detach { get; init; }

    /// <summary>Which benchmark.</summary>
    public abstract string Benchmark { get; }

    public virtual string? ModelText => null;

    public virtual string? DatasetText => null;

    /// <summary>The benchmark's own options that were given, by their names.</summary>
    public IReadOnlyDictionary<string, string> Own() => GetType()
        .GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        .Select(property => (Option: property.GetCustomAttribute<CommandOptionAttribute>(), Property: property))
        .Where(p => p.Option is not null && p.Property.GetValue(this) is string)
        .ToDictionary(p => p.Option!.LongNames[0], p => (string)p.Property.GetValue(this)!, StringComparer.Ordinal);
}

/// <summary>Of benchmarks of a model.</summary>
internal abstract class ModelBenchSettings : BenchSettings
{
    [CommandOption("-m|--model <MODEL>")]
    [Description("The model: a folder in Hugging Face layout, under the same path on the silos, or a name at the hub.")]
    public string? Model { get; init; }

    public override string? ModelText => Model ?? "";
}

/// <summary>Of benchmarks of a model on data.</summary>
internal abstract class DataBenchSettings : ModelBenchSettings
{
    [CommandOption("-d|--dataset <DATASET>")]
    [Description("Data set: a folder (or FOLDER:SUBSET), a file, or a name at the hub.")]
    public string? Dataset { get; init; }

    public override string? DatasetText => Dataset ?? "";
}

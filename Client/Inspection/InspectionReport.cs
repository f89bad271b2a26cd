using LoraCluster.Checkpoints;

namespace LoraCluster.Client.Inspection;

/// <summary>What a folder or file holds, and what is wrong with it.</summary>
internal sealed class InspectionReport(string kind, string path)
{
    /// <summary>model, adapter, safetensors, checkpoint or dataset.</summary>
    public string Kind { get; } = kind;

    public string Path { get; } = path;

    public List<Fact> Facts { get; } = [];

    /// <summary>Tensors of a weights file, where it could be read.</summary>
    public List<CheckpointTensor> Tensors { get; } = [];

    /// <summary>Worth knowing, and no obstacle.</summary>
    public List<string> Notices { get; } = [];

    /// <summary>What would be refused.</summary>
    public List<string> Faults { get; } = [];

    public void Add(params IEnumerable<Fact> facts) => Facts.AddRange(facts);
}

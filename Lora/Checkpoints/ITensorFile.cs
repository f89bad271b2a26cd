namespace LoraCluster.Checkpoints;

/// <summary>One file with named tensors, whatever its format.</summary>
internal interface ITensorFile : IDisposable
{
    /// <summary>The file, as it was given.</summary>
    string Path { get; }

    /// <summary>The tensors, in the order of the file.</summary>
    IReadOnlyList<CheckpointTensor> Tensors { get; }

    /// <summary>As <see cref="CheckpointFile.ReadSingles"/>.</summary>
    void ReadSingles(string name, Span<float> destination);
}

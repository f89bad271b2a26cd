using LoraCluster.Grains.Blobs;
using MessagePack;

namespace LoraCluster.Grains.Runs;

/// <summary>
/// A run's figures step by step: in memory, bounded, and in blobs of some thousand steps each, of which only those that changed are
/// written again.
/// </summary>
internal sealed class RunHistory(string runId, BlobStore blobs)
{
    /// <summary>Most steps kept; of longer runs the latest.</summary>
    public const int MaxSteps = 50_000;
    private const int BlockSteps = 8_192;
    private readonly List<StepMetrics> _steps = [];
    private readonly SortedSet<int> _changedBlocks = [];
    private bool _loaded;

    /// <summary>Takes steps in order; a step that is there already is replaced, with all that followed it.</summary>
    public void Append(IReadOnlyList<StepMetrics> steps)
    {
        foreach (StepMetrics step in steps)
        {
            if (_steps.Count > 0 && step.Step <= _steps[^1].Step) Truncate(step.Step - 1);
            _steps.Add(step);
            _changedBlocks.Add(BlockOf(step.Step));
        }
        if (_steps.Count > MaxSteps + BlockSteps) _steps.RemoveRange(0, _steps.Count - MaxSteps);
    }

    /// <summary>Forgets what came after a step: a resumed run takes those steps again.</summary>
    public void Truncate(int lastStep)
    {
        int keep = _steps.Count;
        while (keep > 0 && _steps[keep - 1].Step > lastStep) keep--;
        for (int k = keep; k < _steps.Count; k++) _changedBlocks.Add(BlockOf(_steps[k].Step));
        _steps.RemoveRange(keep, _steps.Count - keep);
    }

    /// <summary>Steps from one on, oldest first.</summary>
    public IReadOnlyList<StepMetrics> Read(int fromStep, int count)
    {
        int first = _steps.FindIndex(s => s.Step >= fromStep);
        return first < 0 ? [] : _steps.GetRange(first, Math.Min(count, _steps.Count - first));
    }

    /// <summary>Reads what an earlier activation wrote, up to a step. Damaged or missing blocks are left out.</summary>
    public async Task LoadAsync(int lastStep)
    {
        if (_loaded) return;
        _loaded = true;
        var steps = new List<StepMetrics>();
        for (int block = Math.Max(0, BlockOf(lastStep) - MaxSteps / BlockSteps); block <= BlockOf(lastStep); block++)
        {
            try { steps.AddRange(MessagePackSerializer.Deserialize<StepMetrics[]>(await blobs.ReadAsync(KeyOf(block)), Options)); }
            catch (Exception e) when (e is BlobException or MessagePackSerializationException) { }
        }
        steps.RemoveAll(s => s.Step > lastStep);
        List<StepMetrics> newer = [.. _steps];
        _steps.Clear();
        _steps.AddRange(steps);
        Append(newer);
    }

    /// <summary>Writes the blocks that changed.</summary>
    public async Task SaveAsync()
    {
        foreach (int block in _changedBlocks.ToArray())
        {
            _changedBlocks.Remove(block);
            StepMetrics[] steps = [.. _steps.Where(s => BlockOf(s.Step) == block)];
            try { await blobs.WriteAsync(KeyOf(block), MessagePackSerializer.Serialize(steps, Options)); }
            catch
            {
                _changedBlocks.Add(block);
                throw;
            }
        }
    }

    /// <summary>Deletes the blobs.</summary>
    public Task DeleteAsync() => blobs.DeleteChunksAsync(Prefix);

    private static MessagePackSerializerOptions Options { get; } =
        MessagePackSerializerOptions.Standard.WithSecurity(MessagePackSecurity.UntrustedData);

    private string Prefix => $"{runId}/history";

    private string KeyOf(int block) => BlobStore.KeyOf(Prefix, block);

    private static int BlockOf(int step) => step / BlockSteps;
}

namespace LoraCluster.Models;

/// <summary>
/// Which tensor of a checkpoint becomes which of the model's, decided before one byte is read. Strict on purpose: what is missing, left
/// over
/// or of a wrong shape is refused by name, so that no parameter ever keeps a random value unnoticed.
/// </summary>
internal sealed record CheckpointPlan(IReadOnlyList<(string Name, string FileName, long[] Shape)> Tensors, IReadOnlyList<string> Skipped)
{
    public static CheckpointPlan Of(IEnumerable<(string Name, long[] Shape)> file, EncoderFamily family, EncoderConfig config, string path)
    {
        var found = new Dictionary<string, (string FileName, long[] Shape)>(StringComparer.Ordinal);
        var skipped = new List<string>();
        var faults = new List<string>();
        foreach ((string name, long[] shape) in file)
        {
            string? canonical = CheckpointNames.Canonical(name, family);
            if (canonical is null) skipped.Add(name);
            else if (!found.TryAdd(canonical, (name, shape))) faults.Add(
                $"the tensors {found[canonical].FileName} and {name} both stand for {canonical}");
        }

        var head = family.Keys.HeadModules.SelectMany(m => new[] { m + ".weight", m + ".bias" }).ToHashSet(StringComparer.Ordinal);
        bool headless = !head.Any(found.ContainsKey);
        var tensors = new List<(string, string, long[])>();
        foreach ((string name, long[] shape) in family.Keys.Tensors(config))
        {
            if (found.Remove(name, out (string FileName, long[] Shape) tensor))
            {
                if (tensor.Shape.AsSpan().SequenceEqual(shape)) tensors.Add((name, tensor.FileName, shape));
                else
                {
                    faults.Add($"the tensor {tensor.FileName} has the shape {ShapeText.Of(tensor.Shape)}; "
                        + $"config.json asks for {ShapeText.Of(shape)}");
                }
            }
            else if (!(headless && head.Contains(name))) faults.Add($"the tensor {name} is missing");
        }
        faults.AddRange(found.Values.Select(t => $"the tensor {t.FileName} belongs to no part of a {family.ModelType} classifier"));
        if (faults.Count > 0) throw new UserErrorException(string.Join("\n", faults.Select(f => $"{path}: {f}")));
        return new CheckpointPlan(tensors, skipped);
    }
}

namespace LoraCluster.Models;

/// <summary>
/// Which tensor of a checkpoint becomes which of the model's, decided before one byte is read. Strict on purpose: what is missing, left
/// over or of a wrong shape is refused by name, so that no parameter ever keeps a random value unnoticed.
/// </summary>
/// <param name="Tensors">The model's tensors with their names in the file.</param>
/// <param name="Skipped">Tensors of the file that the model has no use for.</param>
/// <param name="HeadCopy">Name in the file of a copy of the embedding that a tied head needs not; null: none.</param>
internal sealed record CheckpointPlan(
    IReadOnlyList<(string Name, string FileName, long[] Shape)> Tensors, IReadOnlyList<string> Skipped, string? HeadCopy)
{
    public static CheckpointPlan Of(IEnumerable<(string Name, long[] Shape)> file, ModelFamily family, ModelConfig config, string path)
    {
        ModelLayout layout = family.LayoutOf(config);
        var names = new CheckpointNames(family, layout);
        var found = new Dictionary<string, (string FileName, long[] Shape)>(StringComparer.Ordinal);
        var skipped = new List<string>();
        var faults = new List<string>();
        foreach ((string name, long[] shape) in file)
        {
            string? canonical = names.Canonical(name);
            if (canonical is null) skipped.Add(name);
            else if (!found.TryAdd(canonical, (name, shape))) faults.Add(
                $"the tensors {found[canonical].FileName} and {name} both stand for {canonical}");
        }

        // Of two tied tensors safetensors.torch.save_model keeps the first by name, which is the head's.
        if (layout.TiedTo is { } table && !found.ContainsKey(table + ".weight")
            && found.Remove(layout.OutputHead + ".weight", out (string FileName, long[] Shape) shared)) found[table + ".weight"] = shared;
        string? headCopy = null;
        if (layout.TiedTo is not null && found.Remove(layout.OutputHead + ".weight", out (string FileName, long[] Shape) copy))
            headCopy = copy.FileName;
        var head = layout.HeadModules.SelectMany(m => new[] { m + ".weight", m + ".bias" }).ToHashSet(StringComparer.Ordinal);
        bool headless = !head.Any(found.ContainsKey);
        var tensors = new List<(string, string, long[])>();
        foreach ((string name, long[] shape) in layout.Tensors)
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
        faults.AddRange(found.Values.Select(t => $"the tensor {t.FileName} belongs to no part of a {family.ModelType} {Kind(family)}"));
        if (faults.Count > 0) throw new UserErrorException(string.Join("\n", faults.Select(f => $"{path}: {f}")));
        return new CheckpointPlan(tensors, skipped, headCopy);
    }

    private static string Kind(ModelFamily family) =>
        family.Task == ModelTask.SequenceClassification ? "classifier" : "language model";
}

using System.Globalization;
using LoraCluster.Models;

namespace LoraCluster.Training;

/// <summary>Whether a data set and a model mean the same by a label's number.</summary>
public static class LabelOrder
{
    private const int MostShown = 20;

    /// <summary>A label that both name must have the same number: else a head that knows them would be taught, or asked for,
    /// others.</summary>
    /// <exception cref="UserErrorException">One has another number.</exception>
    public static void RequireSame(IReadOnlyList<string> names, ModelConfig config)
    {
        if (!config.LabelsGiven) return;
        string Told(IReadOnlyList<string> labels) =>
            string.Join(", ", labels.Take(MostShown).Select((name, i) => string.Create(CultureInfo.InvariantCulture, $"{i} = {name}")));
        bool moved = config.Labels.Where((label, i) => names.Select((name, k) => (name, k))
            .Any(n => n.k != i && string.Equals(n.name, label, StringComparison.OrdinalIgnoreCase))).Any();
        if (moved) throw new UserErrorException(
            $"the data's labels are {Told(names)}; the model's are {Told(config.Labels)}: allowed is the same order, as numbers");
    }
}

using System.Globalization;

namespace LoraCluster.Grains.Collectives;

/// <summary>Collects the trainers' shares of an evaluation and adds them in batch order, so that the sum does not depend on who did
/// what.</summary>
public sealed class EvaluationGather(int world)
{
    private readonly EvaluationPart[]?[] _shares = new EvaluationPart[]?[world];

    /// <summary>Everyone's sum, or null while shares are missing.</summary>
    public EvaluationPart? Total { get; private set; }

    /// <summary>Takes a worker's share, once.</summary>
    public void Add(int worker, EvaluationPart[] parts)
    {
        if (worker < 0 || worker >= world)
            throw new CollectiveException(string.Create(CultureInfo.InvariantCulture,
                $"evaluation by worker {worker}; allowed is 0 to {world - 1}"));
        _shares[worker] ??= parts;
        if (Total is null && Array.TrueForAll(_shares, s => s is not null)) Total = Sum();
    }

    private EvaluationPart Sum()
    {
        EvaluationPart[] parts = [.. _shares.SelectMany(s => s!).OrderBy(p => p.Batch)];
        var total = new EvaluationPart(parts.Length, 0, 0, 0);
        for (int k = 0; k < parts.Length; k++)
        {
            if (parts[k].Batch != k)
                throw new CollectiveException(string.Create(CultureInfo.InvariantCulture,
                    $"evaluation batch {k} was done by nobody, or twice"));
            total = total with
            {
                LossSum = total.LossSum + parts[k].LossSum, Rows = total.Rows + parts[k].Rows, Correct = total.Correct + parts[k].Correct,
            };
        }
        return total;
    }
}

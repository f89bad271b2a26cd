using LoraCluster.Models;
using LoraCluster.Randomness;
using static TorchSharp.torch;

namespace LoraCluster.Solo;

/// <summary>
/// Batches for masked-language-model pre-training: rows of like length together; of the chosen tokens 80 % become [MASK], 10 % another
/// token,
/// 10 % stay (Devlin et al. 2018). Follows from the seed alone.
/// </summary>
/// <param name="rows">Token ids with their special tokens.</param>
/// <param name="batchSize">Rows of a batch.</param>
/// <param name="maskRate">Share of the tokens that are to be guessed, above 0 and below 1.</param>
/// <param name="firstWord">Ids from here on are words; below are special tokens, which are never chosen.</param>
/// <param name="vocabularySize">Ids in all.</param>
/// <param name="maskId">Id of [MASK].</param>
/// <param name="seed">Seed.</param>
internal sealed class MaskedBatches(IReadOnlyList<int[]> rows, int batchSize, double maskRate, int firstWord, int vocabularySize,
    int maskId, ulong seed)
{
    private const int BatchesPerMegabatch = 50;

    /// <summary>Endless: rows in another order at each pass.</summary>
    public IEnumerable<(TokenBatch Batch, TorchSharp.torch.Tensor Positions, TorchSharp.torch.Tensor Targets)> All()
    {
        int step = 0;
        for (int pass = 0; ; pass++)
        {
            foreach (int[] batch in Pass(pass)) yield return Mask(batch, step++);
        }
    }

    private List<int[]> Pass(int pass)
    {
        int[] order = new RandomStream(seed, RandomPurpose.DataOrder, pass).Permutation(rows.Count);
        var batches = new List<int[]>();
        foreach (int[] part in order.Chunk(batchSize * BatchesPerMegabatch))
        {
            Array.Sort(part, (a, b) => rows[a].Length != rows[b].Length ? rows[a].Length.CompareTo(rows[b].Length) : a.CompareTo(b));
            batches.AddRange(part.Chunk(batchSize));
        }
        int[] shuffle = new RandomStream(seed, RandomPurpose.DataOrder, pass, 0, 1).Permutation(batches.Count);
        return [.. shuffle.Select(k => batches[k])];
    }

    private (TokenBatch, Tensor, Tensor) Mask(int[] batch, int step)
    {
        int width = batch.Max(r => rows[r].Length);
        var draws = new double[3 * batch.Length * width];
        new RandomStream(seed, RandomPurpose.TokenMasking, step).FillUniform(draws);
        var masked = new int[batch.Length][];
        List<long> positions = [], targets = [];
        for (int k = 0; k < batch.Length; k++)
        {
            int[] ids = masked[k] = [.. rows[batch[k]]];
            for (int t = 0; t < ids.Length; t++)
            {
                int draw = 3 * (k * width + t);
                if (ids[t] < firstWord || draws[draw] >= maskRate) continue;
                positions.Add((long)k * width + t);
                targets.Add(ids[t]);
                if (draws[draw + 1] < 0.8) ids[t] = maskId;
                else if (draws[draw + 1] < 0.9) ids[t] = firstWord + (int)(draws[draw + 2] * (vocabularySize - firstWord));
            }
        }
        if (positions.Count == 0) (positions, targets) = ([1], [rows[batch[0]][1]]);
        return (TokenBatch.Of(masked, new int[batch.Length], 0), tensor(positions.ToArray()), tensor(targets.ToArray()));
    }
}

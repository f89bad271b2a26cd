using LoraCluster.Models.Decoders;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Generation;

/// <summary>
/// Prompts of different lengths in one batch: ids on the right, padding on the left. Positions count a row's own tokens; padding is masked
/// for every token, and sees only itself, since a softmax over nothing would not be a number. Tensors belong to the caller's dispose scope.
/// </summary>
internal sealed class LeftPadding(IReadOnlyList<int[]> prompts, int width, int padId, Device device)
{
    private readonly int[] _padding = [.. prompts.Select(p => width - p.Length)];

    private bool IsPadded => _padding.Any(p => p > 0);

    /// <summary>The prompts, [B, width].</summary>
    public DecoderInput Prompt(KeyValueCache cache)
    {
        long[] ids = [.. prompts.SelectMany((p, row) => Enumerable.Repeat((long)padId, _padding[row]).Concat(p.Select(id => (long)id)))];
        Tensor? positions = null, mask = null;
        if (IsPadded)
        {
            positions = tensor([.. _padding.SelectMany(pad => Enumerable.Range(0, width).Select(t => (long)Math.Max(0, t - pad)))],
                [prompts.Count, width], device: device);
        }
        if (width > 1) mask = Mask(0, width);
        return new DecoderInput(tensor(ids, [prompts.Count, width], device: device), positions, mask, cache, HasPadIdInside: false);
    }

    /// <summary>The next token of each row, [B, 1].</summary>
    public DecoderInput Next(int[] ids, KeyValueCache cache)
    {
        int at = cache.Length;
        Tensor positions = tensor([.. _padding.Select(pad => (long)(at - pad))], [ids.Length, 1], device: device);
        return new DecoderInput(tensor([.. ids.Select(id => (long)id)], [ids.Length, 1], device: device), positions,
            IsPadded ? Mask(at, 1) : null, cache, HasPadIdInside: false);
    }

    /// <summary>fp32 [B, 1, 1, count, first + count], or [count, first + count] where no row is padded.</summary>
    private Tensor Mask(int first, int count)
    {
        int keys = first + count, rows = IsPadded ? prompts.Count : 1;
        var mask = new float[rows * count * keys];
        for (int row = 0, i = 0; row < rows; row++)
        {
            for (int query = first; query < keys; query++)
            {
                for (int key = 0; key < keys; key++, i++)
                    if (key > query || (key < _padding[row] && key != query)) mask[i] = float.NegativeInfinity;
            }
        }
        return tensor(mask, IsPadded ? [rows, 1, 1, count, keys] : [count, keys], device: device);
    }
}

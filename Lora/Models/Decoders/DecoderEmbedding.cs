using LoraCluster.Adapters;
using LoraCluster.Kernels;
using static TorchSharp.torch;

namespace LoraCluster.Models.Decoders;

/// <summary>A table of a decoder, with its adapter if it has one.</summary>
internal sealed class DecoderEmbedding(string module, IWeightSource weights)
{
    private readonly LoraEmbedding? _adapter = weights.EmbeddingAdapter(module);

    /// <summary>Rows of the table, fp32 [n, width].</summary>
    /// <param name="numbers">int64 [n].</param>
    public Tensor Rows(Tensor numbers) => _adapter is not null ? _adapter.Rows(numbers)
        : TableRows.Of(weights.Weight(module + ".weight"), numbers);

    /// <summary>Consecutive rows from <paramref name="first"/> on, fp32 [count, width].</summary>
    public Tensor Rows(int first, long count)
    {
        Tensor table = weights.Weight(module + ".weight");
        if (_adapter is null) return table.narrow(0, first, count);
        using Tensor numbers = arange(first, first + count, ScalarType.Int64, table.device);
        return _adapter.Rows(numbers);
    }

    /// <summary>
    /// Rows for token ids, fp32 [B, T, width]. The padding id's row of a trained table takes no gradient, as padding_idx of
    /// torch.nn.Embedding; here and not on the sum, since a tied head trains that row too.
    /// </summary>
    /// <param name="input">Ids [B, T].</param>
    /// <param name="padId">The padding's id.</param>
    /// <param name="hasPadding">Whether there is one.</param>
    public Tensor Of(DecoderInput input, int padId, bool hasPadding)
    {
        Tensor flat = input.Ids.reshape(-1), x_ND = Rows(flat);
        if (_adapter is null && hasPadding && input.HasPadIdInside && x_ND.requires_grad)
        {
            using Tensor pad = tensor([(long)padId], device: flat.device);
            x_ND = x_ND.detach().where(flat.eq(pad).unsqueeze(1), x_ND);
        }
        return x_ND.view(input.Ids.size(0), input.Ids.size(1), -1);
    }
}

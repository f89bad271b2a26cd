using static TorchSharp.torch;

namespace LoraCluster.Models.Decoders;

/// <summary>What goes into a decoder: B rows of T tokens, which see K keys (T, and before them those of the cache).</summary>
/// <param name="Ids">Token ids, int64 [B, T].</param>
/// <param name="Positions">Positions from 0 on, int64 [B, T]; null: 0 to T - 1 in each row.</param>
/// <param name="Mask">What is added to attention scores, fp32, [T, K] or [B, 1, 1, T, K]; null: one token that sees all.</param>
/// <param name="Cache">Keys and values of the tokens before, which grows by these T; null: none.</param>
/// <param name="HasPadIdInside">True if a token (not padding) is the padding id: it takes no gradient to the embedding.</param>
internal readonly record struct DecoderInput(
    Tensor Ids, Tensor? Positions, Tensor? Mask, KeyValueCache? Cache, bool HasPadIdInside);

/// <summary>The layers of a causal language model below its head.</summary>
internal interface IDecoder
{
    /// <summary>Shape.</summary>
    DecoderConfig Config { get; }

    /// <summary>What the head reads, fp32 [B, T, E].</summary>
    Tensor Forward(DecoderInput input);
}

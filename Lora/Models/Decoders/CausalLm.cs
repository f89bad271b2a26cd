using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraCluster.Models.Decoders;

// Shapes: B rows, T tokens, E width of what the head reads, V vocabulary, M tokens with a target, C of them at a time.

/// <summary>
/// A causal language model: a decoder and a linear layer over the vocabulary. The loss is the cross-entropy of the next token at
/// every token that has a target; the head works on <see cref="ChunkRows"/> tokens at a time and takes their gradient at once, so the
/// whole [M, V] matrix never exists, and tokens without a target cost no logits.
/// </summary>
public sealed class CausalLm : INetwork
{
    /// <summary>Tokens that the head takes at a time.</summary>
    private const int ChunkRows = 128;

    private readonly IDecoder _decoder;
    private readonly Module<Tensor, Tensor> _head;

    internal CausalLm(IDecoder decoder, Module<Tensor, Tensor> head) => (_decoder, _head) = (decoder, head);

    /// <summary>Shape.</summary>
    public DecoderConfig Config => _decoder.Config;

    /// <inheritdoc/>
    public Tensor Forward(TokenBatch batch) => Head(Hidden(batch));

    /// <inheritdoc/>
    public BatchLoss Loss(TokenBatch batch, bool backward)
    {
        long targets = batch.Labels.size(0);
        if (targets == 0) return new BatchLoss(0, 0, 0);
        Tensor x_BTE = Hidden(batch);
        Tensor read_ME = x_BTE.view(-1, x_BTE.size(2)).index_select(0, batch.TargetPlaces!), leaf_ME = read_ME.detach();
        leaf_ME.requires_grad = backward && read_ME.requires_grad;
        (double sum, long correct) = (0, 0);
        for (long first = 0; first < targets; first += ChunkRows)
        {
            using var scope = NewDisposeScope();
            long count = Math.Min(ChunkRows, targets - first);
            Tensor logits_CV = Head(leaf_ME.narrow(0, first, count)), labels_C = batch.Labels.narrow(0, first, count);
            Tensor loss = functional.cross_entropy(logits_CV, labels_C, reduction: Reduction.Sum);
            if (backward && loss.requires_grad) loss.backward();
            sum += loss.item<float>();
            correct += logits_CV.detach().argmax(1).eq(labels_C).sum().item<long>();
        }
        if (leaf_ME.grad is { } gradient) read_ME.backward([gradient]);
        return new BatchLoss(sum, targets, correct);
    }

    /// <summary>Logits of each row's last token, fp32 [B, V].</summary>
    internal Tensor NextLogits(DecoderInput input)
    {
        Tensor x_BTE = _decoder.Forward(input);
        return Head(x_BTE.select(1, x_BTE.size(1) - 1));
    }

    private Tensor Hidden(TokenBatch batch)
    {
        // Padding stands on the right, where no token looks; so there is no other mask.
        Tensor? mask_TT = batch.Width == 1 ? null : CausalMask(batch.Width, batch.Ids.device);
        return _decoder.Forward(new DecoderInput(batch.Ids, null, mask_TT, null, batch.HasPadIdInside));
    }

    private Tensor Head(Tensor x) => _head.forward(x).to_type(ScalarType.Float32);

    private static Tensor CausalMask(long tokens, Device device)
    {
        using var _ = no_grad();
        using Tensor all = full([tokens, tokens], float.NegativeInfinity, ScalarType.Float32, device);
        return all.triu(1);
    }
}

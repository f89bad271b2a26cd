using LoraCluster.Data;
using LoraCluster.Grains.Runs;
using LoraCluster.Models;
using LoraCluster.Tokenizers;
using LoraCluster.Training;

namespace LoraCluster.Tests.Cluster;

/// <summary>Causal language models in a cluster: token counts that differ from micro-batch to micro-batch, down to none.</summary>
[Trait("Category", "Fidelity")]
public sealed class LanguageModelTests
{
    private const int MaxLength = 24;

    [Theory]
    [InlineData(TinyDecoder.Opt, "padded")]
    [InlineData(TinyDecoder.Opt, "packed")]
    [InlineData(TinyDecoder.Llama, "packed")]
    public async Task The_bits_are_those_of_one_process_for_1_2_and_4_trainers_with_a_micro_batch_without_targets(
        string config, string packing)
    {
        using var folder = new TemporaryFolder();
        string model = TinyDecoder.WriteModel(folder, config), texts = WriteTexts(folder, model, packing);
        RunSpec spec = SpecOf(model, texts) with { Packing = packing };
        string alone = TrainAlone(spec);

        await using FakeCluster cluster = await FakeCluster.StartRealAsync(2);
        foreach (int trainers in new[] { 1, 2, 4 })
        {
            RunStatus done = await FakeCluster.UntilAsync(await cluster.SubmitAsync(spec with { Trainers = trainers }), RunState.Completed);
            Assert.Equal(alone, done.Result!.WeightsSha256);
            Assert.True(done.Result.CountsTokens && done.Result.Rows > 12 && done.Result.Perplexity is > 1 and < 100_000);
        }
    }

    [Fact]
    public void The_gradient_of_shards_with_unequal_token_counts_is_that_of_the_whole_batch()
    {
        using var folder = new TemporaryFolder();
        using BaseModel model = BaseModel.Load(TinyDecoder.WriteModel(folder, TinyDecoder.Opt));
        using TrainableModel trained = TrainableModel.Create(model, new TrainingOptions { Seed = 3, Lora = new() { Rank = 4 } });
        int[][] rows = [[2, 10, 11, 12, 13, 14, 15], [2, 20], [2], [2, 30, 31]];
        GradientSum Sum(params int[][] part)
        {
            using TokenBatch batch = TokenBatch.ForLanguageModel(part, 1);
            return trained.LossAndGradient(batch, dropout: false);
        }
        GradientSum whole = Sum(rows), parts = Sum(rows[..1]).Plus(Sum(rows[1..2])).Plus(Sum(rows[2..3])).Plus(Sum(rows[3..]));
        Assert.Equal((9, 9), (whole.Rows, parts.Rows));
        Assert.Equal(whole.LossSum, parts.LossSum, 1e-4);
        Assert.All(whole.Gradient.Zip(parts.Gradient), p => Assert.Equal(p.First, p.Second, 1e-4f));
        Assert.Contains(whole.Gradient, g => Math.Abs(g) > 1e-2f);
        GradientSum none = Sum(rows[2..3]);
        Assert.Equal((0.0, 0L), (none.LossSum, none.Rows));
        Assert.All(none.Gradient, g => Assert.Equal(0f, g));
    }

    [Fact]
    public async Task A_head_alone_and_packing_of_a_classifier_are_refused_by_name()
    {
        using TemporaryFolder folder = new(), other = new();
        string model = TinyDecoder.WriteModel(folder, TinyDecoder.Opt), texts = TinyDecoder.WriteTexts(folder, 8);
        await using FakeCluster cluster = await FakeCluster.StartRealAsync(1);
        RunStatus head = await FakeCluster.UntilAsync(await cluster.SubmitAsync(SpecOf(model, texts) with { Method = "head" }),
            RunState.Failed);
        Assert.Contains("method is head", head.Reason, StringComparison.Ordinal);
        (string encoder, string dataset) = TinyEncoder.Write(other);
        RunStatus packed = await FakeCluster.UntilAsync(
            await cluster.SubmitAsync(SpecOf(encoder, dataset) with { Packing = "packed" }), RunState.Failed);
        Assert.Contains("packing is packed", packed.Reason, StringComparison.Ordinal);
    }

    /// <summary>Texts of which the last packed row has one token, and so no target.</summary>
    private static string WriteTexts(TemporaryFolder folder, string model, string packing)
    {
        if (packing == "padded") return TinyDecoder.WriteTexts(folder, 21);
        ITextTokenizer tokenizer = TokenizerFolder.Load(model);
        string texts = TinyDecoder.WriteTexts(folder, 21);
        int Tokens() => EncodedDataset.EncodeLanguage(
            TextDataset.Load(texts, "train").Texts, tokenizer, MaxLength, Packing.Packed).TokenCount;
        int missing = (MaxLength + 1 - Tokens() % MaxLength) % MaxLength;
        TinyDecoder.WriteTexts(folder, 21, new string('x', missing));
        Assert.Equal(1, Tokens() % MaxLength);
        return texts;
    }

    private static string TrainAlone(RunSpec spec)
    {
        TrainingOptions options = RunSpecMapping.ToOptions(spec);
        using BaseModel model = BaseModel.Load(spec.ModelPath);
        ITextTokenizer tokenizer = TokenizerFolder.Load(spec.ModelPath);
        EncodedDataset Encode(string split) =>
            EncodedDataset.EncodeLanguage(TextDataset.Load(spec.DatasetPath, split).Texts, tokenizer, options.MaxLength, options.Packing);
        using var replica = new TrainingReplica(model, options, Encode("train"), Encode("dev"), "model");
        var counts = new HashSet<long>();
        while (replica.Step < replica.Steps)
        {
            for (int m = 0; m < replica.MicroBatches; m++) counts.Add(replica.ComputeMicroBatch(m).Rows);
            replica.TakeStep();
        }
        Assert.True(counts.Count > 1);
        if (options.Packing == Packing.Packed) Assert.Contains(0, counts);
        return Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(
            replica.ExportResult().Single(f => f.IsWeights).Content));
    }

    private static RunSpec SpecOf(string model, string texts) => new()
    {
        ModelPath = model, DatasetPath = texts, Rank = 4, Dropout = 0.1, GlobalBatchSize = 4, MicroBatchSize = 1, Epochs = 3,
        MaxLength = MaxLength, Seed = 3, CheckpointSeconds = 0,
    };
}

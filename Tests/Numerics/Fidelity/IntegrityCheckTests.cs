using LoraCluster.Adapters;
using LoraCluster.Data;
using LoraCluster.Models;
using LoraCluster.Tests.Cluster;
using LoraCluster.Tokenizers;
using LoraCluster.Verification;

namespace LoraCluster.Tests.Numerics.Fidelity;

/// <summary>The check that a user runs on a language model: everything it claims holds, and its figures are right.</summary>
[Trait("Category", "Fidelity")]
public sealed class IntegrityCheckTests
{
    [Theory]
    [InlineData(TinyDecoder.Opt, "q,v")]
    [InlineData(TinyDecoder.Llama, "all-linear")]
    [InlineData(TinyDecoder.Llama, "q,embed_tokens")]
    public void Every_claim_holds_on_a_tiny_model(string config, string targets)
    {
        using var folder = new TemporaryFolder();
        string path = TinyDecoder.WriteModel(folder, config);
        using BaseModel model = BaseModel.Load(path);
        TextDataset texts = TextDataset.Load(TinyDecoder.WriteTexts(folder, 20), "train");
        var steps = new List<double>();
        IntegrityReport report = IntegrityCheck.Run(model, TokenizerFolder.Load(path), texts, new IntegrityOptions
        {
            Lora = new LoraConfig { Rank = 2, Alpha = 4, TargetModules = TargetModules.Named(targets.Split(',')) },
            Steps = 30, RowTokens = 24, NewTokens = 12, Prompt = "the cat", LearningRate = 1e-2,
        }, folder.File("adapter"), (_, loss) => steps.Add(loss));

        Assert.All(report.Findings, f => Assert.True(f.Holds, $"{f.Claim}: {f.Evidence}"));
        Assert.Equal(7, report.Findings.Count);
        Assert.Equal((report.TextBefore, report.TextTrained), (report.TextInjected, report.TextReloaded));
        Assert.NotEqual(report.TextBefore, report.TextTrained);
        Assert.StartsWith("the cat", report.TextBefore, StringComparison.Ordinal);
        Assert.Equal(30, steps.Count);
        Assert.True(report.LastLoss < report.FirstLoss);
        Assert.Equal(new FileInfo(folder.File("adapter/adapter_model.safetensors")).Length, report.AdapterFileBytes);
    }

    // 0.118 % of the parameters at rank 4 on q and v, 0.59 MB; 1.18 MB at rank 8.
    [Theory]
    [InlineData(4, 147_456, 0.00118)]
    [InlineData(8, 294_912, 0.00235)]
    public void The_figures_of_a_full_size_opt_125m(int rank, long parameters, double share)
    {
        string path = SharedData.Require(Path.Combine(SharedData.Data, "opt-125m"));
        using BaseModel model = BaseModel.Random(Path.Combine(path, "config.json"), seed: 1);
        using var folder = new TemporaryFolder();
        TextDataset texts = TextDataset.Load(TinyDecoder.WriteTexts(folder, 20), "train");
        IntegrityReport report = IntegrityCheck.Run(model, TokenizerFolder.Load(path), texts, new IntegrityOptions
        {
            Lora = new LoraConfig { Rank = rank, Alpha = 2 * rank }, Steps = 2, BatchRows = 2, RowTokens = 16, NewTokens = 4,
        }, folder.File("adapter"));
        Assert.All(report.Findings, f => Assert.True(f.Holds, $"{f.Claim}: {f.Evidence}"));
        Assert.Equal((24, 73, parameters), (report.Swapped.Count, report.LinearModules, report.TrainableParameters));
        Assert.Equal(125_239_296 + parameters, report.TotalParameters);
        Assert.Equal(share, report.TrainableShare, 5e-6);
        Assert.InRange(report.AdapterFileBytes, 4 * parameters, 4 * parameters + 8192);
    }

    [Fact]
    public void A_classifier_and_settings_that_cannot_be_are_refused()
    {
        using var folder = new TemporaryFolder();
        (string path, string dataset) = TinyEncoder.Write(folder);
        using BaseModel model = BaseModel.Load(path);
        TextDataset texts = TextDataset.Load(dataset, "train");
        UserErrorException Error(IntegrityOptions options) => Assert.Throws<UserErrorException>(() =>
            IntegrityCheck.Run(model, TokenizerFolder.Load(path), texts, options, folder.File("adapter")));
        Assert.Contains("BertForSequenceClassification", Error(new IntegrityOptions()).Message, StringComparison.Ordinal);
        Assert.Contains("steps is 0", Error(new IntegrityOptions { Steps = 0 }).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("adapter")));
    }
}

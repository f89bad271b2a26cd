using LoraCluster.Data;
using LoraCluster.Evaluation;
using LoraCluster.Grains.Jobs;
using LoraCluster.Models;
using LoraCluster.Tests.Cluster;
using LoraCluster.Tokenizers;
using LoraCluster.Training;

namespace LoraCluster.Tests.Numerics.Training;

/// <summary>A model's evaluation, batch by batch, and what is made of its sums.</summary>
public sealed class ModelEvaluationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Figures_do_not_depend_on_the_batches_and_are_those_of_the_rows()
    {
        (string folder, string dataset) = TinyEncoder.Write(_folder);
        using BaseModel model = BaseModel.Load(folder);
        using TrainableModel trained = TrainableModel.Create(model, new TrainingOptions { Seed = 2 });
        ITextTokenizer tokenizer = TokenizerFolder.Load(folder);
        var rows = EncodedDataset.Encode(TextDataset.Load(dataset, "dev"), tokenizer, 24);
        var said = new List<RowPrediction>();
        (BatchScore[] seven, IReadOnlyList<long> confusion) = Evaluate(trained, rows, tokenizer, 7, said.Add);
        (BatchScore[] all, IReadOnlyList<long> together) = Evaluate(trained, rows, tokenizer, 100, _ => { });
        Assert.Equal((6, 1), (seven.Length, all.Length));
        Assert.Equal(together, confusion);
        Assert.Equal((40, all[0].Correct), (seven.Sum(b => b.Targets), seven.Sum(b => b.Correct)));
        Assert.Equal(all[0].LossSum, seven.Sum(b => b.LossSum), 1e-4);
        Assert.Equal(Enumerable.Range(0, 40), said.Select(r => r.Row).Order());
        Assert.All(said, r =>
        {
            Assert.Equal(1, r.Probabilities.Sum(), 1e-6);
            Assert.Equal(-Math.Log(r.Probabilities[r.Label]), r.Loss, 1e-5);
            Assert.Equal(r.Probabilities.Max(), r.Probabilities[r.Predicted]);
        });
    }

    [Fact]
    public void What_has_no_accuracy_is_refused()
    {
        (string folder, string dataset) = TinyEncoder.Write(_folder);
        using BaseModel model = BaseModel.Load(folder);
        using TrainableModel trained = TrainableModel.Create(model, new TrainingOptions { Seed = 2 });
        ITextTokenizer tokenizer = TokenizerFolder.Load(folder);
        EncodedDataset Rows(string name, string text)
        {
            File.WriteAllText(_folder.File(name), text);
            return EncodedDataset.Encode(EvaluationSplit.Load(_folder.File(name)).Rows, tokenizer, 24);
        }
        string Refusal(EncodedDataset rows) => Assert.Throws<UserErrorException>(() => Evaluate(trained, rows, tokenizer, 8)).Message;
        Assert.Contains("no labels", Refusal(Rows("none.tsv", "sentence\nw1\nw2\n")), StringComparison.Ordinal);
        Assert.Contains("row 1 has the label 2; the model has 2 labels", Refusal(Rows("more.csv", "text,label\nw1,1\nw2,2\n")),
            StringComparison.Ordinal);
        var dev = EncodedDataset.Encode(TextDataset.Load(dataset, "dev"), tokenizer, 24);
        float[] broken = trained.GetParameters();
        Array.Fill(broken, float.NaN);
        trained.SetParameters(broken);
        Assert.Contains("its weights, or those of its adapter, are broken", Refusal(dev), StringComparison.Ordinal);
    }

    [Fact]
    public void Shares_make_one_result_whoever_did_what()
    {
        BatchSum[] sums = [new(0, 0.1, 2, 1, 0), new(1, 1e16, 2, 2, 0), new(2, 0.3, 1, 0, 0)];
        EvaluationShare Share(params int[] batches) => new()
        {
            Batches = [.. batches.Select(b => sums[b])], BatchesInAll = 3, ModelHash = "m", DatasetHash = "d", Labels = ["a", "b"],
            Confusion = batches.Contains(0) ? [1, 1, 0, 3] : [0, 0, 0, 0],
        };
        EvaluationResult one = EvaluationResults.Of([Share(0, 1, 2)]);
        Assert.Equal((3, 5, (0.1 + 1e16 + 0.3) / 5), (one.Correct, one.Rows, one.Loss));
        foreach (EvaluationShare[] shares in new[] { [Share(2), Share(), Share(1, 0)], new[] { Share(1), Share(0, 2) } })
            Assert.Equal((one.Loss, one.F1, one.MatthewsCorrelation), OfThree(EvaluationResults.Of(shares)));
        Assert.Contains("batch 1", Assert.Throws<UserErrorException>(() => EvaluationResults.Of([Share(0, 2)])).Message,
            StringComparison.Ordinal);
        Assert.Throws<UserErrorException>(() => EvaluationResults.Of([Share(0, 1, 2), Share(1)]));
    }

    [Fact]
    public void Without_a_target_there_is_neither_accuracy_nor_perplexity()
    {
        EvaluationResult none = EvaluationResults.Of([new EvaluationShare
        {
            Batches = [new BatchSum(0, 0, 0, 0, 0)], BatchesInAll = 1, CountsTokens = true, ModelHash = "m", DatasetHash = "d",
        }]);
        Assert.True(double.IsNaN(none.Loss) && double.IsNaN(none.Perplexity!.Value));
        Assert.Null(none.Accuracy);
        Assert.Null(none.BitsPerByte);
        Assert.Equal("", none.KeyFigure);
    }

    private static (double, Estimate?, Estimate?) OfThree(EvaluationResult result) =>
        (result.Loss, result.F1, result.MatthewsCorrelation);

    private static (BatchScore[] Scores, IReadOnlyList<long> Confusion) Evaluate(
        TrainableModel model, EncodedDataset rows, ITextTokenizer tokenizer, int batchSize, Action<RowPrediction>? onRow = null)
    {
        var evaluation = new ModelEvaluation(model, rows, tokenizer, batchSize);
        return ([.. Enumerable.Range(0, evaluation.Batches).Select(b => evaluation.Evaluate(b, onRow))], evaluation.Confusion);
    }
}

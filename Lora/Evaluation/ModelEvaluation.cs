using System.Globalization;
using System.Text;
using LoraCluster.Data;
using LoraCluster.Models;
using LoraCluster.Tokenizers;
using LoraCluster.Training;

namespace LoraCluster.Evaluation;

/// <summary>
/// A model and the rows that it is evaluated on, cut into fixed batches: by length, shortest first, each padded to its own longest row. So
/// a batch's sums do not depend on who computes it. One thread owns it.
/// </summary>
public sealed class ModelEvaluation
{
    private readonly TrainableModel _model;
    private readonly EncodedDataset _rows;
    private readonly ITextTokenizer _tokenizer;
    private readonly int[] _order;
    private readonly int _batchSize;
    private readonly long[] _confusion;

    /// <summary>An evaluation.</summary>
    /// <param name="model">The model, with or without an adapter, merged or not; outlives the evaluation.</param>
    /// <param name="rows">Rows, encoded for the model.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="batchSize">Rows of a batch, 1 or more.</param>
    /// <exception cref="UserErrorException">A classifier's rows have no labels, or others than the model's; a row is longer than the
    /// model's positions.</exception>
    public ModelEvaluation(TrainableModel model, EncodedDataset rows, ITextTokenizer tokenizer, int batchSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        (_model, _rows, _tokenizer, _batchSize) = (model, rows, tokenizer, batchSize);
        int longest = Enumerable.Range(0, rows.Count).Select(rows.Length).DefaultIfEmpty(0).Max();
        if (longest > model.Config.Positions)
        {
            throw new UserErrorException(Text(
                $"a row has {longest} tokens; allowed are the model's {model.Config.Positions} positions (max-length cuts rows)"));
        }
        if (!CountsTokens) RequireLabels();
        _order = [.. Enumerable.Range(0, rows.Count).OrderBy(rows.Length).ThenBy(i => i)];
        _confusion = new long[CountsTokens ? 0 : Classes * Classes];
    }

    /// <summary>True for a language model, which counts tokens.</summary>
    public bool CountsTokens => _model.Base.Family.Task == ModelTask.CausalLm;

    /// <summary>Batches.</summary>
    public int Batches => (_rows.Count + _batchSize - 1) / _batchSize;

    /// <summary>The rows of a classifier evaluated so far, by true and predicted class, row-major; empty of a language model.</summary>
    public IReadOnlyList<long> Confusion => _confusion;

    private int Classes => _model.Config.Labels.Count;

    /// <summary>Evaluates a batch.</summary>
    /// <param name="batch">0 to <see cref="Batches"/> - 1.</param>
    /// <param name="onRow">Told what a classifier said of each row; null: nobody.</param>
    /// <exception cref="UserErrorException">The model's logits are not finite.</exception>
    public BatchScore Evaluate(int batch, Action<RowPrediction>? onRow = null)
    {
        int first = batch * _batchSize;
        int[] rows = _order[first..Math.Min(first + _batchSize, _rows.Count)];
        return CountsTokens ? EvaluateTokens(batch, rows) : EvaluateRows(batch, rows, onRow);
    }

    private BatchScore EvaluateTokens(int batch, int[] rows)
    {
        int[][] ids = [.. rows.Select(row => _rows.Ids(row).ToArray())];
        using TokenBatch tokens = TokenBatch.ForLanguageModel(ids, _model.Config.PadId, _model.Base.Device);
        GradientSum sum = _model.Evaluate(tokens);
        if (!double.IsFinite(sum.LossSum)) throw new UserErrorException(
            Text($"the loss of batch {batch} is {sum.LossSum}; the model's weights, or those of its adapter, are broken"));
        return new BatchScore(batch, sum.LossSum, sum.Rows, sum.Correct, ids.Sum(BytesOf));
    }

    private BatchScore EvaluateRows(int batch, int[] rows, Action<RowPrediction>? onRow)
    {
        IReadOnlyList<ClassPrediction> said = TextClassifier.Predict(_model, [.. rows.Select(row => _rows.Ids(row).ToArray())]);
        double loss = 0;
        long correct = 0;
        for (int k = 0; k < rows.Length; k++)
        {
            int label = _rows.Label(rows[k]);
            double own = -said[k].LogProbabilities[label];
            loss += own;
            _confusion[label * Classes + said[k].Predicted]++;
            if (said[k].Predicted == label) correct++;
            onRow?.Invoke(new RowPrediction(rows[k], label, said[k].Predicted, said[k].Probabilities, own));
        }
        return new BatchScore(batch, loss, rows.Length, correct, 0);
    }

    /// <summary>Bytes of the text that is scored: of a row all but its first token's.</summary>
    private long BytesOf(int[] ids) =>
        Math.Max(0, Encoding.UTF8.GetByteCount(_tokenizer.Decode(ids)) - Encoding.UTF8.GetByteCount(_tokenizer.Decode(ids.AsSpan(0, 1))));

    private void RequireLabels()
    {
        for (int row = 0; row < _rows.Count; row++)
        {
            int label = _rows.Label(row);
            if (label == TextExample.NoLabel) throw new UserErrorException("the rows have no labels, and a classifier needs them");
            if (label >= Classes) throw new UserErrorException(
                Text($"row {row} has the label {label}; the model has {Classes} labels, 0 to {Classes - 1}"));
        }
        if (_rows.LabelNames is { } names) LabelOrder.RequireSame(names, _model.Base.Config);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

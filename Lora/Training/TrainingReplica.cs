using System.Globalization;
using LoraCluster.Data;
using LoraCluster.Kernels;
using LoraCluster.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Training;

/// <summary>The real <see cref="ITrainingReplica"/>: a model on a shared base, its data, AdamW on the flat vector.</summary>
public sealed class TrainingReplica : ITrainingReplica
{
    private const double Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8;
    private readonly int _evaluationRows;
    private readonly BaseModel _base;
    private readonly TrainingOptions _options;
    private readonly EncodedDataset _train, _evaluation;
    private readonly int[] _evaluationOrder;
    private readonly BatchPlan _batches;
    private readonly IReadOnlyList<ParameterGroup> _groups;
    private readonly LearningRateSchedule _schedule;
    private readonly Tensor _firstMoment, _secondMoment;
    private readonly string _baseName;

    /// <summary>A replica at step 0.</summary>
    /// <param name="baseModel">Shared; outlives the replica.</param>
    /// <param name="options">Hyperparameters without faults.</param>
    /// <param name="train">Training rows, encoded to at most <see cref="TrainingOptions.MaxLength"/> tokens; shared, not changed.</param>
    /// <param name="evaluation">Held-out rows, likewise.</param>
    /// <param name="baseName">Name or path of the base model, for the adapter's configuration.</param>
    /// <exception cref="UserErrorException">Options, model and data do not fit each other.</exception>
    public TrainingReplica(BaseModel baseModel, TrainingOptions options, EncodedDataset train, EncodedDataset evaluation, string baseName)
    {
        (_base, _options, _train, _evaluation, _baseName) = (baseModel, options, train, evaluation, baseName);
        if (options.Faults() is { Count: > 0 } faults) throw new UserErrorException(string.Join("\n", faults));
        if (baseModel.Config is EncoderConfig { ProblemType: { } problem } && problem != "single_label_classification")
            throw new UserErrorException(
                $"config.json has the problem_type {problem}; allowed for training is single_label_classification");
        int longest = 0, labels = 2;
        foreach (EncodedDataset data in new[] { train, evaluation })
        {
            for (int i = 0; i < data.Count; i++) (longest, labels) =
                (Math.Max(longest, data.Length(i)), Math.Max(labels, data.Label(i) + 1));
        }
        if (longest > baseModel.Config.Positions)
            throw new UserErrorException(
                $"max-length is {options.MaxLength} and a row has {longest} tokens; "
                + $"allowed are the model's {baseModel.Config.Positions} positions");
        if (train.LabelNames is { } names) LabelOrder.RequireSame(names, baseModel.Config);
        Model = TrainableModel.Create(baseModel, options, labels, train.LabelNames);
        // A row of a language model may be long, and its attention grows with the square of that.
        _evaluationRows = CountsTokens ? Math.Min(8, options.MicroBatchSize) : 32;
        if (!CountsTokens && labels > Model.Config.Labels.Count)
            throw new UserErrorException(
                $"the data has the label {labels - 1}; "
                + $"the model has {Model.Config.Labels.Count} labels: 0 to {Model.Config.Labels.Count - 1}");
        _batches = new BatchPlan([.. Enumerable.Range(0, train.Count).Select(train.Length)], options);
        _schedule = LearningRateSchedule.Of(options, _batches.Steps);
        _evaluationOrder = [.. Enumerable.Range(0, evaluation.Count).OrderBy(evaluation.Length).ThenBy(i => i)];
        _groups = ParameterGroup.Of(Model.Plan, options.LoraPlusRatio);
        _firstMoment = zeros_like(Model.Parameters).DetachFromDisposeScope();
        _secondMoment = zeros_like(Model.Parameters).DetachFromDisposeScope();
    }

    /// <summary>The model in training.</summary>
    public TrainableModel Model { get; }

    /// <inheritdoc/>
    public ParameterLayout Layout => Model.Layout;

    /// <inheritdoc/>
    public int Steps => _batches.Steps;

    /// <inheritdoc/>
    public int Step { get; private set; }

    /// <inheritdoc/>
    public int MicroBatches => Step < Steps ? _batches.MicroBatches(Step) : 0;

    /// <inheritdoc/>
    public int EvaluationBatches => (_evaluation.Count + _evaluationRows - 1) / _evaluationRows;

    /// <inheritdoc/>
    public long TrainableParameters => Layout.Length;

    /// <inheritdoc/>
    public long TotalParameters => Model.Plan.TotalParameters;

    /// <inheritdoc/>
    public bool CountsTokens => _base.Family.Task == ModelTask.CausalLm;

    /// <summary>Learning rate of the step at hand.</summary>
    public double LearningRate => _schedule.At(Step);

    /// <inheritdoc/>
    public IReadOnlyList<string> Notices
    {
        get
        {
            var notices = new List<string>();
            if (_base.Skipped.Count > 0) notices.Add(
                $"tensors that {_base.Family.Architecture} has no use for: {string.Join(", ", _base.Skipped)}");
            if (!_base.HasHead)
            {
                string labels = Model.Config.Labels.Count.ToString(CultureInfo.InvariantCulture);
                string seed = _options.Seed.ToString(CultureInfo.InvariantCulture);
                notices.Add($"the checkpoint has no classification head; a new one with {labels} labels was seeded with {seed}");
            }
            if (Model.Plan.Injection.UnmatchedEntries is { Count: > 0 } entries) notices.Add(
                $"these target entries match no module: {string.Join(", ", entries)}");
            notices.AddRange(Model.Notices);
            return notices;
        }
    }

    /// <inheritdoc/>
    public GradientSum ComputeMicroBatch(int microBatch)
    {
        using TokenBatch batch = Batch(_train, _batches.MicroBatch(Step, microBatch));
        return Model.LossAndGradient(batch, Step, microBatch);
    }

    /// <summary>Rows of the step at hand and their tokens, padding left out.</summary>
    public (int Rows, long Tokens) SizeOfStep()
    {
        long tokens = 0;
        ReadOnlySpan<int> rows = _batches.Batch(Step);
        foreach (int row in rows) tokens += _train.Length(row);
        return (rows.Length, tokens);
    }

    /// <inheritdoc/>
    public StepOutcome ApplyStep(GradientSum reduced)
    {
        if (reduced.Gradient.Length != Layout.Length) throw new ArgumentException(
            $"a gradient of {reduced.Gradient.Length} values for {Layout.Length} parameters");
        if (Step >= Steps) throw new InvalidOperationException($"the run has {Steps} steps and all are done");
        double rate = LearningRate;
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        // Mean over the targets (a batch of a language model may have none), then clipping of the mean, as
        // torch.nn.utils.clip_grad_norm_ does: factor max / (norm + 1e-6), at most 1.
        double targets = Math.Max(1, reduced.Rows), norm = GlobalNorm.Of(reduced.Gradient) / targets;
        double factor = _options.MaxGradNorm > 0 ? Math.Min(1, _options.MaxGradNorm / (norm + 1e-6)) / targets : 1.0 / targets;
        Model.SetGradient(reduced.Gradient, (float)factor);
        foreach (ParameterGroup group in _groups)
        {
            Tensor Of(Tensor flat) => flat.narrow(0, group.Offset, group.Length);
            FusedAdamW.Step(Of(Model.Parameters), Of(Model.Gradient), Of(_firstMoment), Of(_secondMoment), Step + 1,
                rate * group.RateFactor, Beta1, Beta2, Epsilon, _options.WeightDecay);
        }
        int rows = _batches.Batch(Step).Length;
        Step++;
        return new StepOutcome(reduced.LossSum / targets, norm, rate, rows);
    }

    /// <inheritdoc/>
    public UInt128[] HashState() => Model.HashParameters();

    /// <inheritdoc/>
    public TrainingState ExportState() =>
        new(Step, Layout.Hash, Model.GetParameters(), TensorMemory.ToArray<float>(_firstMoment),
            TensorMemory.ToArray<float>(_secondMoment));

    /// <inheritdoc/>
    public void ImportState(TrainingState state)
    {
        if (state.LayoutHash != Layout.Hash || state.Parameters.Length != Layout.Length)
            throw new UserErrorException(
                $"the checkpoint is of other parameters ({state.Parameters.Length}) than this run trains ({Layout.Length})");
        if (state.Step < 0 || state.Step > Steps) throw new UserErrorException(
            $"the checkpoint is of step {state.Step}; this run has {Steps}");
        using var _ = no_grad();
        Model.SetParameters(state.Parameters);
        using Tensor first = tensor(state.FirstMoment), second = tensor(state.SecondMoment);
        _firstMoment.copy_(first);
        _secondMoment.copy_(second);
        Step = state.Step;
    }

    /// <inheritdoc/>
    public GradientSum EvaluateBatch(int batch)
    {
        int first = batch * _evaluationRows, count = Math.Min(_evaluationRows, _evaluation.Count - first);
        using TokenBatch tokens = Batch(_evaluation, _evaluationOrder.AsSpan(first, count));
        return Model.Evaluate(tokens);
    }

    /// <inheritdoc/>
    public IReadOnlyList<ResultFile> ExportResult() => ResultFiles.Of(Model, _base, _baseName);

    private TokenBatch Batch(EncodedDataset data, ReadOnlySpan<int> rows)
    {
        if (!CountsTokens) return TokenBatch.Of(data, rows, Model.Config.PadId, _base.Device);
        var ids = new int[rows.Length][];
        for (int k = 0; k < rows.Length; k++) ids[k] = data.Ids(rows[k]).ToArray();
        return TokenBatch.ForLanguageModel(ids, Model.Config.PadId, _base.Device);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Model.Dispose();
        _firstMoment.Dispose();
        _secondMoment.Dispose();
    }
}

using System.Globalization;
using LoraCluster.Adapters;
using LoraCluster.Data;
using LoraCluster.Generation;
using LoraCluster.Models;
using LoraCluster.QuickStart;
using LoraCluster.Tokenizers;
using LoraCluster.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Verification;

/// <summary>
/// Shows on a language model that LoRA does what it claims: only the chosen layers are swapped, only the adapters learn, the base keeps its
/// bits, a fresh adapter changes nothing, and the saved adapter alone brings the trained model back.
/// </summary>
public sealed class IntegrityCheck
{
    private readonly BaseModel _base;
    private readonly ITextTokenizer _tokenizer;
    private readonly IntegrityOptions _options;
    private readonly GenerationOptions _generation;
    private readonly int[] _prompt;
    private readonly List<IntegrityFinding> _findings = [];

    private IntegrityCheck(BaseModel baseModel, ITextTokenizer tokenizer, IntegrityOptions options)
    {
        (_base, _tokenizer, _options) = (baseModel, tokenizer, options);
        _generation = new GenerationOptions { MaxNewTokens = options.NewTokens };
        _prompt = tokenizer.Encode(options.Prompt, int.MaxValue);
    }

    /// <summary>Runs the check.</summary>
    /// <param name="baseModel">A language model; not changed.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="texts">What is trained on; one or more.</param>
    /// <param name="options">Without faults.</param>
    /// <param name="adapterFolder">Where the adapter is saved, and read back from; created where absent.</param>
    /// <param name="progress">Told each step: number from 1 on, loss; null: nobody.</param>
    /// <param name="cancellation">Ends it between two steps.</param>
    /// <exception cref="UserErrorException">The model is no language model, or options and model do not fit.</exception>
    public static IntegrityReport Run(BaseModel baseModel, ITextTokenizer tokenizer, IReadOnlyList<string> texts, IntegrityOptions options,
        string adapterFolder, Action<int, double>? progress = null, CancellationToken cancellation = default)
    {
        if (options.Faults() is { Count: > 0 } faults) throw new UserErrorException(string.Join("\n", faults));
        if (baseModel.Family.Task != ModelTask.CausalLm)
            throw new UserErrorException($"the model is a {baseModel.Family.Architecture}; the check is for causal language models");
        return new IntegrityCheck(baseModel, tokenizer, options).Run(texts, adapterFolder, progress, cancellation);
    }

    /// <summary>Made-up sentences to train on where nobody brings texts.</summary>
    public static IReadOnlyList<string> MadeUpTexts() =>
        [.. SentimentDataset.Generate(trainCount: 400, heldOutCount: 2).Train.Select(s => s.Text)];

    private IntegrityReport Run(IReadOnlyList<string> texts, string adapterFolder, Action<int, double>? progress,
        CancellationToken cancellation)
    {
        UInt128 baseHash = _base.HashWeights();
        (string textBefore, float[] logitsBefore) = Probe(TrainableModel.Frozen(_base), cancellation);
        EncodedDataset rows = EncodedDataset.EncodeLanguage(texts, _tokenizer, _options.RowTokens, Packing.Packed);
        using var replica = new TrainingReplica(_base, OfTraining(), rows, rows, "base");
        TrainableModel trained = replica.Model;
        IReadOnlyList<SwappedModule> swapped = Swapped(trained.Plan);
        CheckSwapped(trained, swapped);
        (string textInjected, float[] logitsInjected) = Probe(trained, cancellation, owned: false);
        Find("a fresh adapter changes nothing: the same logits and the same text",
            logitsInjected.AsSpan().SequenceEqual(logitsBefore) && textInjected == textBefore,
            Text($"largest difference of {logitsBefore.Length:#,0} logits {Largest(logitsBefore, logitsInjected):g2}"));

        float[] start = trained.GetParameters();
        (double first, double last) = Train(replica, progress, cancellation);
        CheckOnlyAdaptersLearned(trained, start, baseHash, logitsBefore, cancellation);
        (string textTrained, float[] logitsTrained) = Probe(trained, cancellation, owned: false);
        long bytes = Save(replica, adapterFolder);
        (string textReloaded, float[] logitsReloaded) =
            Probe(TrainableModel.WithAdapter(_base, AdapterFolder.Read(adapterFolder)), cancellation);
        Find("the saved adapter on the base gives the trained model's logits and text",
            logitsReloaded.AsSpan().SequenceEqual(logitsTrained) && textReloaded == textTrained,
            Text($"largest difference of {logitsTrained.Length:#,0} logits {Largest(logitsTrained, logitsReloaded):g2}"));

        return new IntegrityReport(swapped, _base.Layout.Linears.Count, trained.Layout.Length, trained.Plan.TotalParameters, bytes,
            4 * BaseParameters, first, last, textBefore, textInjected, textTrained, textReloaded, _findings);
    }

    private long BaseParameters => _base.Layout.Tensors.Sum(t => t.Shape.Aggregate(1L, (a, n) => a * n));

    private TrainingOptions OfTraining() => new()
    {
        Lora = _options.Lora, MaxSteps = _options.Steps, MaxLength = _options.RowTokens, Packing = Packing.Packed,
        GlobalBatchSize = _options.BatchRows, MicroBatchSize = _options.BatchRows, LearningRate = _options.LearningRate,
        Schedule = ScheduleKind.Constant, Warmup = 0, WeightDecay = 0, Seed = _options.Seed,
    };

    private IReadOnlyList<SwappedModule> Swapped(TrainablePlan plan)
    {
        var shapes = _base.Layout.Linears.Select(l => (l.Module, l.Out, l.In))
            .Concat(_base.Layout.Embeddings.Select(e => (e.Module, Out: e.Entries, In: e.Width)));
        return [.. shapes.Where(m => plan.Targets.Contains(m.Module))
            .Select(m => new SwappedModule(m.Module, m.Out, m.In, plan.Lora!.RankAt(m.Module)))];
    }

    private void CheckSwapped(TrainableModel trained, IReadOnlyList<SwappedModule> swapped)
    {
        int adapters = trained.Adapters.Count();
        IReadOnlyList<string> unmatched = trained.Plan.Injection.UnmatchedEntries;
        Find("the chosen layers, and no others, have adapters", adapters == swapped.Count && adapters == trained.Plan.Targets.Count,
            Text($"{adapters} of {_base.Layout.Linears.Count} linear layers")
                + (unmatched.Count > 0 ? $"; no layer is called {string.Join(", ", unmatched)}" : ""));
        long expected = swapped.Sum(m => (long)m.Rank * (m.In + m.Out)), others = trained.Layout.Length - expected;
        bool plain = _options.Lora is { WeightDecomposed: false, Bias: BiasTraining.None, ModulesToSave.Count: 0 };
        Find(plain ? "only A and B are trainable: rank times inputs and outputs of each swapped layer"
                : "A and B are trainable, and what the configuration asks for besides", plain ? others == 0 : others >= 0,
            Text($"{trained.Layout.Length:#,0} of {trained.Plan.TotalParameters:#,0} parameters"));
    }

    private static (double First, double Last) Train(TrainingReplica replica, Action<int, double>? progress, CancellationToken cancellation)
    {
        (double first, double last) = (double.NaN, double.NaN);
        while (replica.Step < replica.Steps)
        {
            cancellation.ThrowIfCancellationRequested();
            last = replica.TakeStep().Loss;
            if (replica.Step == 1) first = last;
            progress?.Invoke(replica.Step, last);
        }
        return (first, last);
    }

    private void CheckOnlyAdaptersLearned(TrainableModel trained, float[] start, UInt128 baseHash, float[] logitsBefore,
        CancellationToken cancellation)
    {
        float[] end = trained.GetParameters();
        int still = trained.Layout.Slots.Count(s =>
            start.AsSpan((int)s.Offset, s.Length).SequenceEqual(end.AsSpan((int)s.Offset, s.Length)));
        // B starts at zero, so in the very first step A has no gradient.
        Find("every trainable tensor has learned", still == 0 || _options.Steps == 1,
            Text($"{trained.Layout.Slots.Count - still} of {trained.Layout.Slots.Count} tensors changed"));
        UInt128 after = _base.HashWeights();
        (_, float[] logits) = Probe(TrainableModel.Frozen(_base), cancellation);
        Find("the base has the same bits after training", after == baseHash && logits.AsSpan().SequenceEqual(logitsBefore),
            Text($"XxHash128 of its weights {baseHash:x32} before, {after:x32} after"));
    }

    private long Save(TrainingReplica replica, string folder)
    {
        Directory.CreateDirectory(folder);
        long bytes = 0;
        foreach (ResultFile file in replica.ExportResult())
        {
            File.WriteAllBytes(Path.Combine(folder, file.Name), file.Content);
            if (file.IsWeights) bytes = file.Content.Length;
        }
        long parameters = 4 * replica.TrainableParameters;
        Find("the adapter alone is saved: four bytes a parameter and a header", bytes >= parameters && bytes < parameters + 65_536,
            Text($"{bytes:#,0} bytes, of which {parameters:#,0} are parameters; the base has {4 * BaseParameters:#,0}"));
        return bytes;
    }

    private (string Text, float[] Logits) Probe(TrainableModel model, CancellationToken cancellation, bool owned = true)
    {
        try
        {
            int[] added = new TextGenerator(model).Generate([_prompt], _generation, null, cancellation)[0];
            using TokenBatch batch = TokenBatch.ForLanguageModel([_prompt], _base.Config.PadId, _base.Device);
            using Tensor logits = model.Logits(batch);
            return (_tokenizer.Decode([.. _prompt, .. added]), TensorMemory.ToArray<float>(logits));
        }
        finally
        {
            if (owned) model.Dispose();
        }
    }

    private void Find(string claim, bool holds, string evidence) => _findings.Add(new IntegrityFinding(claim, holds, evidence));

    private static double Largest(float[] a, float[] b) => a.Zip(b).Max(p => Math.Abs((double)p.First - p.Second));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

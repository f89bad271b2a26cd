using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoraCluster.Kernels;
using LoraCluster.Models;
using LoraCluster.QuickStart;
using LoraCluster.Safetensors;
using LoraCluster.Tokenizers;
using LoraCluster.Training;
using Spectre.Console.Cli;
using static TorchSharp.torch;

namespace LoraCluster.Solo;

/// <summary>Masked-language-model pre-training of a small encoder on generated text: makes the quick start's base model.</summary>
internal sealed class PretrainCommand : Command<PretrainSettings>
{
    public override int Execute(CommandContext context, PretrainSettings settings, CancellationToken cancellationToken)
    {
        if (settings.Faults() is { Count: > 0 } faults) throw new UserErrorException(string.Join("\n", faults));
        if (settings.Threads is { } threads) TorchThreads.Set(threads);
        Directory.CreateDirectory(settings.Output);

        List<string> text = Text(settings);
        string vocabulary = Path.Combine(settings.Output, "vocab.txt");
        var builder = new VocabularyBuilder();
        foreach (string paragraph in text) builder.Add(paragraph);
        VocabularyBuilder.Write(vocabulary, builder.Build(settings.Vocabulary));
        BertTokenizer tokenizer = BertTokenizer.FromVocabulary(vocabulary, new BertTokenizerOptions());
        List<int[]> rows = [.. text.Select(p => tokenizer.Encode(p, settings.MaxLength)).Where(r => r.Length > 3)];

        EncoderFamily family = ModelFamily.All.OfType<EncoderFamily>().First(f => f.ModelType == "distilbert");
        EncoderConfig config = Shape(settings, tokenizer.VocabularySize);
        using var model = new MaskedLanguageModel(family, config, (ulong)settings.Seed);
        Console.Error.WriteLine(
            FormattableString.Invariant(
            $"{rows.Count} paragraphs, {rows.Sum(r => (long)r.Length)} tokens, {model.Layout.Length} parameters"));
        (double loss, double accuracy) = Train(settings, model, rows, tokenizer, cancellationToken);
        Write(settings.Output, family, config, model);
        Console.WriteLine(JsonSerializer.Serialize(
            new { steps = settings.Steps, loss = Math.Round(loss, 4), accuracy = Math.Round(accuracy, 4),
            parameters = model.Layout.Length }));
        return 0;
    }

    private static List<string> Text(PretrainSettings settings)
    {
        List<string> text = [.. new CorpusGenerator().Paragraphs((ulong)settings.Seed).Take(settings.Paragraphs)];
        foreach (string file in settings.Text?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [])
        {
            if (!File.Exists(file)) throw new UserErrorException($"--text names {file}, which does not exist");
            text.AddRange(File.ReadLines(file).Where(l => l.Trim().Length > 0));
        }
        return text;
    }

    private static EncoderConfig Shape(PretrainSettings settings, int vocabularySize) => new()
    {
        ModelType = "distilbert", VocabularySize = vocabularySize, HiddenSize = settings.Hidden, Layers = settings.Layers,
            Heads = settings.Heads,
        IntermediateSize = 4 * settings.Hidden, Positions = 128, TokenTypes = 0, LayerNormEps = 1e-12, Activation = Activation.Gelu,
            PadId = 0,
        HiddenDropout = 0, AttentionDropout = 0, HeadDropout = 0, Labels = ["negative", "positive"], LabelsGiven = true,
    };

    private static (double Loss, double Accuracy) Train(
        PretrainSettings settings, MaskedLanguageModel model, List<int[]> rows, BertTokenizer tokenizer,
            CancellationToken cancellationToken)
    {
        var schedule = new LearningRateSchedule(ScheduleKind.Linear, settings.LearningRate, settings.Steps / 20, settings.Steps);
        using Tensor first = zeros_like(model.Parameters), second = zeros_like(model.Parameters);
        var batches = new MaskedBatches(rows, settings.Batch, settings.Mask, VocabularyBuilder.SpecialTokens.Count,
            tokenizer.VocabularySize, tokenizer.MaskId!.Value, (ulong)settings.Seed);
        double lossSum = 0, lastLoss = 0, lastAccuracy = 0;
        long correct = 0, guessed = 0, start = Stopwatch.GetTimestamp();
        int step = 0;
        foreach ((TokenBatch batch, Tensor positions, Tensor targets) in batches.All())
        {
            cancellationToken.ThrowIfCancellationRequested();
            (double loss, long right) = model.LossAndGradient(batch, positions, targets, step);
            (lossSum, correct, guessed) = (lossSum + loss, correct + right, guessed + targets.numel());
            batch.Dispose();
            positions.Dispose();
            targets.Dispose();
            Update(model, first, second, ++step, schedule.At(step - 1));
            if (step % 200 == 0 || step == settings.Steps)
            {
                int count = step % 200 == 0 ? 200 : step % 200;
                (lastLoss, lastAccuracy) = (lossSum / count, (double)correct / guessed);
                Console.Error.WriteLine(
                    FormattableString.Invariant(
                    $"step {step}, loss {lastLoss:f3}, guessed {lastAccuracy:p1}, {Stopwatch.GetElapsedTime(start).TotalSeconds:f0} s"));
                (lossSum, correct, guessed) = (0, 0, 0);
            }
            if (step == settings.Steps) break;
        }
        return (lastLoss, lastAccuracy);
    }

    private static void Update(MaskedLanguageModel model, Tensor first, Tensor second, int step, double rate)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        double clip = GlobalNorm.ClipFactor(GlobalNorm.Of(model.Gradient), 1);
        Tensor gradient = clip < 1 ? model.Gradient.Times(clip) : model.Gradient;
        long matrices = model.MatrixLength, rest = model.Layout.Length - matrices;
        foreach ((long at, long length, double decay) in new[] { (0L, matrices, 0.01), (matrices, rest, 0.0) })
        {
            Tensor Part(Tensor t) => t.narrow(0, at, length);
            FusedAdamW.Step(Part(model.Parameters), Part(gradient), Part(first), Part(second), step, rate, 0.9, 0.98, 1e-6, decay);
        }
    }

    private static void Write(string folder, EncoderFamily family, EncoderConfig config, MaskedLanguageModel model)
    {
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), model.EncoderTensors()
            .Select(t => (t.Name, SafetensorDtype.F32, t.Shape, (ReadOnlyMemory<byte>)MemoryMarshal.AsBytes<float>(t.Values).ToArray())));
        JsonObject json = family.WriteConfig(config);
        json["architectures"] = new JsonArray(family.Architecture);
        json["model_type"] = config.ModelType;
        json["dtype"] = "float32";
        json["id2label"] = new JsonObject { ["0"] = config.Labels[0], ["1"] = config.Labels[1] };
        json["label2id"] = new JsonObject { [config.Labels[0]] = 0, [config.Labels[1]] = 1 };
        File.WriteAllText(Path.Combine(folder, "config.json"), json.ToJsonString(new JsonSerializerOptions { WriteIndented = true })
            + "\n");
    }
}

using System.Text;
using LoraCluster.Client.Connection;
using LoraCluster.Client.Downloads;
using LoraCluster.Client.Evaluation;
using LoraCluster.Client.Rendering;
using LoraCluster.Client.Training;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Runs;
using LoraCluster.Grains.Work;
using LoraCluster.Reports.Words;

namespace LoraCluster.Client.Commands;

/// <summary>Labels of texts, computed on a silo and written as they come.</summary>
internal sealed class PredictCommand(ClientContext context) : ConnectedCommand<PredictSettings>(context)
{
    /// <summary>Texts of one request: more are asked in several.</summary>
    private const int TextsAtOnce = 10_000;
    private const int DefaultLength = 128;

    protected override IReadOnlyList<string> Faults(PredictSettings settings)
    {
        var parser = new OptionParser();
        Parse(settings, parser);
        return parser.Faults;
    }

    protected override async Task<int> RunAsync(PredictSettings settings, IClusterConnection connection, CancellationToken interrupted)
    {
        (ModelRequest request, int? length, int batch) = Parse(settings, new OptionParser());
        if (!Context.Connector.MayBeElsewhere(settings.ClusterTarget))
            request = await request.WithLocalFoldersAsync(new HubPull(Context, settings.Json));
        (ModelSource model, RunStatus? run) = await request.ResolveAsync(connection, interrupted);
        NodeStatus silo = await NodeChoice.FreestAsync(connection, interrupted);
        int first = 0;
        foreach (string[] texts in Texts(settings).Chunk(TextsAtOnce))
        {
            var spec = new PredictSpec
            {
                Model = model, Texts = texts, MaxLength = length ?? run?.Spec.MaxLength ?? DefaultLength, BatchSize = batch,
            };
            await WriteAsync(connection.PredictAsync(silo, spec, interrupted), texts, first, settings.Json);
            first += texts.Length;
        }
        return first > 0 ? ExitCodes.Success : throw new ClientException(ExitCodes.Failed, "there is no text");
    }

    private (ModelRequest Model, int? MaxLength, int BatchSize) Parse(PredictSettings settings, OptionParser parser)
    {
        bool remote = Context.Connector.MayBeElsewhere(settings.ClusterTarget);
        ModelRequest model = ModelRequest.Parse(settings, null, settings.Pooling, remote, parser);
        int? length = parser.OptionalInt("max-length", settings.MaxLength);
        if (length < 3) parser.Refuse($"max-length is {length}; allowed is 3 or more");
        int batch = parser.Int("batch-size", settings.BatchSize, 32);
        if (batch < 1) parser.Refuse($"batch-size is {batch}; allowed is 1 or more");
        if (settings is { Text: not null, File: { } file }) parser.Refuse($"file is '{file}', and a text is given too; allowed is one");
        else if (settings.File is { } path && !File.Exists(path)) parser.Refuse($"file is '{path}', which is not there");
        return (model, length, batch);
    }

    private IEnumerable<string> Texts(PredictSettings settings)
    {
        if (settings.Text is { } text) return [text];
        return settings.File is { } file ? File.ReadLines(file, Encoding.UTF8) : Lines(Context.Input);
    }

    private static IEnumerable<string> Lines(TextReader reader)
    {
        while (reader.ReadLine() is { } line) yield return line;
    }

    private async Task WriteAsync(IAsyncEnumerable<PredictPart> parts, string[] texts, int first, bool json)
    {
        IReadOnlyList<string> labels = [];
        await foreach (PredictPart part in parts)
        {
            if (part is PredictStart start)
            {
                labels = start.Labels;
                if (first == 0) foreach (string notice in start.Notices) Messages.Write(Context.Error, $"note: {notice}");
            }
            else if (part is PredictedText said)
            {
                if (json) ToJson(said, texts[said.Index], first, labels).WriteTo(Context.RawOutput);
                else Context.RawOutput.Write(Line(said, texts[said.Index], labels));
            }
        }
    }

    /// <summary>The likeliest label and its probability, then the others', then the text; by tabs.</summary>
    private static string Line(PredictedText said, string text, IReadOnlyList<string> labels)
    {
        IEnumerable<string> shares = Enumerable.Range(0, labels.Count).OrderByDescending(k => said.Probabilities[k]).ThenBy(k => k)
            .Select(k => Figures.Invariant($"{labels[k]} {said.Probabilities[k]:0.0000}"));
        return $"{string.Join(", ", shares)}\t{text.ReplaceLineEndings(" ")}\n";
    }

    private static JsonLine ToJson(PredictedText said, string text, int first, IReadOnlyList<string> labels) => JsonLine.Object()
        .Add("index", first + said.Index).Add("text", text).Add("label", labels[said.Predicted]).Add("predicted", said.Predicted)
        .Add("probabilities", line => Enumerable.Range(0, labels.Count)
            .Aggregate(line, (inner, k) => inner.Add(labels[k], (double)said.Probabilities[k])));
}

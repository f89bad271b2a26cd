using System.Globalization;
using LoraCluster.Client.Connection;
using LoraCluster.Client.Rendering;
using LoraCluster.Client.Training;
using LoraCluster.Grains.Jobs;
using LoraCluster.Reports.Words;

namespace LoraCluster.Client.Evaluation;

/// <summary>A file with what was predicted for each row, in the rows' order: <c>.csv</c> with a header, or an object a line.</summary>
/// <param name="Path">The file, absolute.</param>
/// <param name="IsCsv">True: CSV (RFC 4180); false: JSON lines.</param>
internal sealed record PredictionsFile(string Path, bool IsCsv)
{
    /// <summary>The file of an option.</summary>
    public static PredictionsFile Parse(string text, OptionParser parser)
    {
        string ending = System.IO.Path.GetExtension(text).ToLowerInvariant();
        if (ending is not (".csv" or ".jsonl")) parser.Refuse($"predictions is '{text}'; allowed is a file that ends in .csv or .jsonl");
        string path = text.Length == 0 ? "" : System.IO.Path.GetFullPath(text);
        if (Directory.Exists(path)) parser.Refuse($"predictions is '{text}', which is a folder; allowed is a file");
        else if (System.IO.Path.GetDirectoryName(path) is { } folder && !Directory.Exists(folder))
            parser.Refuse($"predictions is '{text}', and there is no folder {folder}");
        return new PredictionsFile(path, ending == ".csv");
    }

    /// <summary>Fetches the predictions and writes them; the file is there only once it is whole.</summary>
    public async Task WriteAsync(IJobConnection jobs, JobStatus job, EvaluationResult result, CancellationToken cancellationToken)
    {
        var rows = new List<Prediction>();
        for (int chunk = 0; chunk < result.PredictionChunks.Sum(); chunk++)
            rows.AddRange((await jobs.GetPredictionsAsync(job.JobId, chunk, cancellationToken)).Rows);
        string part = Path + ".part";
        try
        {
            await using (var writer = new StreamWriter(part) { NewLine = "\n" })
            {
                if (IsCsv) WriteCsv(writer, rows, result.Labels);
                else foreach (Prediction row in rows.OrderBy(r => r.Row)) ToJson(row, result.Labels).WriteTo(writer);
            }
            File.Move(part, Path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClientException(ExitCodes.Failed, $"{Path} cannot be written: {e.Message}", e);
        }
    }

    private static void WriteCsv(StreamWriter writer, List<Prediction> rows, IReadOnlyList<string> labels)
    {
        writer.WriteLine(string.Join(',', (string[])["row", "text", "label", "predicted", "correct", "loss",
            .. labels.Select(name => Quote("probability of " + name))]));
        foreach (Prediction row in rows.OrderBy(r => r.Row))
        {
            writer.WriteLine(string.Join(',', (string[])[row.Row.ToString(CultureInfo.InvariantCulture), Quote(row.Text),
                Quote(labels[row.Label]), Quote(labels[row.Predicted]), row.Label == row.Predicted ? "1" : "0", Figures.Number(row.Loss),
                .. row.Probabilities.Select(p => p.ToString("R", CultureInfo.InvariantCulture))]));
        }
    }

    private static JsonLine ToJson(Prediction row, IReadOnlyList<string> labels) => JsonLine.Object()
        .Add("row", row.Row).Add("text", row.Text).Add("label", labels[row.Label]).Add("predicted", labels[row.Predicted])
        .Add("correct", row.Label == row.Predicted).Add("loss", row.Loss)
        .Add("probabilities", line => row.Probabilities.Index().Aggregate(line, (inner, p) => inner.Add(labels[p.Index], (double)p.Item)));

    private static string Quote(string text) =>
        text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}

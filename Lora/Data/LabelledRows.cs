using System.Globalization;

namespace LoraCluster.Data;

/// <summary>
/// Gathers the rows of a split's files and gives each its label as a number: a whole number stands for itself; texts get the places of the
/// training split's different labels in ordinal order.
/// </summary>
internal sealed class LabelledRows(TextColumns columns, int? maxExamples, TextDataset? training)
{
    private const int MostLabels = 1000;

    private readonly List<DatasetPart> parts = [];
    private readonly List<string> texts = [];
    private readonly List<int> rows = [];
    private readonly List<int> labels = [];
    private readonly Dictionary<string, int> placeOf = new(StringComparer.Ordinal);
    private IReadOnlyList<string>? names = training?.LabelNames;
    private bool? labelled, labelsAreTexts;
    private bool numbersAreNamed;
    private (string Path, string Unit, int Row)? without;

    private bool IsFull => texts.Count == maxExamples;

    /// <summary>Adds a file's rows.</summary>
    /// <exception cref="UserErrorException">Rows are wrong; up to ten are named.</exception>
    public void Add(TableFile table)
    {
        (int text, int label) = columns.Find(table.Path, table.Columns);
        if (labelled is { } before && before != label >= 0)
        {
            string has = label >= 0 ? "has the" : "has no";
            throw new UserErrorException($"{table.Path} {has} column \"{columns.LabelName}\", unlike {parts[0].Path}");
        }
        labelled = label >= 0;
        if (label >= 0) AddNames(table, table.Columns[label].LabelNames);
        parts.Add(new DatasetPart(table.Path, table.Unit, texts.Count));
        var faults = new RowFaults(table.Path, table.Unit);
        foreach (TableRow row in table.Rows(text, label, faults))
        {
            // Past the last wanted row only the names of the labels count: they are those of the whole split.
            if (IsFull && (labelsAreTexts != true || training is not null)) break;
            AddRow(table, row, faults);
        }
        faults.ThrowIfAny();
    }

    public TextDataset ToDataset()
    {
        if (texts.Count == 0) throw new UserErrorException($"{parts[0].Path} has no row");
        bool all = labelled == true && without is null, none = labelled != true || labels.TrueForAll(label => label == TextExample.NoLabel);
        if (!all && !none) throw new UserErrorException(string.Create(CultureInfo.InvariantCulture,
            $"{without!.Value.Path}, {without.Value.Unit} {without.Value.Row}: the label -1 stands for none, but other rows have one"));
        if (labelsAreTexts == true && names is null) OrderLabels();
        List<TextExample> examples = [.. texts.Select((text, i) => new TextExample(text, none ? TextExample.NoLabel : labels[i]))];
        return new TextDataset(parts, rows, examples, !none, names);
    }

    private void AddNames(TableFile table, IReadOnlyList<string>? found)
    {
        bool first = training is null && parts.Count == 0;
        if (first) names = found;
        numbersAreNamed = found is not null;
        if (first || found is null || (names is not null && found.SequenceEqual(names))) return;
        string other = training?.Path ?? parts[0].Path;
        throw new UserErrorException($"{table.Path} names its labels {Known(found)}; "
            + (names is null ? $"{other} does not name them" : $"{other} names them {Known(names)}"));
    }

    private void AddRow(TableFile table, TableRow row, RowFaults faults)
    {
        int? label = labelled == true ? LabelOf(row.Label, faults, row.Number) : TextExample.NoLabel;
        if (row.Text is null) faults.Add(row.Number, "no text");
        if (row.Text is null || label is null || IsFull) return;
        if (label == TextExample.NoLabel) without ??= (table.Path, table.Unit, row.Number);
        texts.Add(row.Text);
        rows.Add(row.Number);
        labels.Add(label.Value);
    }

    private int? LabelOf(object? value, RowFaults faults, int row)
    {
        if (value is string text && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long parsed))
            value = parsed;
        string? fault = value switch
        {
            null or "" => "no label",
            long number when number is < -1 or > int.MaxValue - 1 => $"the label {Format(number)} is not a whole number, 0 or more",
            string word when double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out _) =>
                $"the label {RowFaults.Quote(word)} is not a whole number, 0 or more",
            string word => TextFault(word),
            long number => NumberFault(number),
            _ => "no label",
        };
        if (fault is null) return value is long known ? (int)known : placeOf[(string)value!];
        faults.Add(row, fault);
        return null;
    }

    private string? NumberFault(long number)
    {
        if (number == TextExample.NoLabel) return null;
        labelsAreTexts ??= false;
        if (labelsAreTexts == true) return $"the label {Format(number)} is a number, but those before are texts";
        if (names is null) return null;
        if (!numbersAreNamed) return $"the label {Format(number)} is a number; those of the training split are {Known(names)}";
        return number < names.Count ? null : $"the label {Format(number)} has no name; named are 0 to {Format(names.Count - 1)}";
    }

    private string? TextFault(string word)
    {
        labelsAreTexts ??= true;
        if (labelsAreTexts == false) return $"the label {RowFaults.Quote(word)} is a text, but those before are numbers";
        if (training is { LabelNames: null, HasLabels: true })
            return $"the label {RowFaults.Quote(word)} is a text; those of the training split are numbers";
        if (placeOf.Count == 0 && names is not null)
            for (int i = 0; i < names.Count; i++) placeOf.TryAdd(names[i], i);
        if (placeOf.ContainsKey(word)) return null;
        if (names is not null) return $"the label {RowFaults.Quote(word)} is not one of the training split's: {Known(names)}";
        if (placeOf.Count == MostLabels)
            return $"the column \"{columns.LabelName}\" has more than {Format(MostLabels)} different texts; is it the label?";
        placeOf.Add(word, placeOf.Count);
        return null;
    }

    /// <summary>Labels were numbered as they came; from here on in ordinal order.</summary>
    private void OrderLabels()
    {
        string[] ordered = [.. placeOf.Keys.Order(StringComparer.Ordinal)];
        int[] newPlace = new int[ordered.Length];
        for (int i = 0; i < ordered.Length; i++) newPlace[placeOf[ordered[i]]] = i;
        for (int i = 0; i < labels.Count; i++) labels[i] = newPlace[labels[i]];
        names = ordered;
    }

    private static string Known(IReadOnlyList<string> names) => string.Join(", ", names.Take(20)) + (names.Count > 20 ? ", ..." : "");

    private static string Format(long number) => number.ToString(CultureInfo.InvariantCulture);
}

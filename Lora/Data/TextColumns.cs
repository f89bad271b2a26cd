namespace LoraCluster.Data;

/// <summary>Which columns of a data set are read.</summary>
/// <param name="Text">The column with the text; null: <c>sentence</c>, else <c>text</c>, else the only column of texts (in a TSV file,
/// which is GLUE's, always <c>sentence</c>).</param>
/// <param name="Label">The column with the label, which must then be there; null: <c>label</c>, if it is there.</param>
public sealed record TextColumns(string? Text = null, string? Label = null)
{
    /// <summary>The usual names.</summary>
    public static TextColumns Default { get; } = new();

    internal string LabelName => Label ?? "label";

    /// <summary>The places of the columns; -1 for a label that is not there.</summary>
    /// <exception cref="UserErrorException">A column is missing or stands there twice; all names are told.</exception>
    internal (int Text, int Label) Find(string path, IReadOnlyList<TableColumn> columns)
    {
        string all = string.Join(", ", columns.Select(column => column.Name));
        int label = IndexOf(path, columns, LabelName);
        if (Label is not null && label < 0) throw new UserErrorException($"{path} has no column \"{Label}\"; it has {all}");
        int text = Text is not null ? IndexOf(path, columns, Text) : FindText(path, columns, label);
        if (text < 0)
        {
            throw new UserErrorException(Text is null
                ? $"{path} has the columns {all}; which of them holds the text? It must be named (--text-column)"
                : $"{path} has no column \"{Text}\"; it has {all}");
        }
        if (!columns[text].IsText) throw new UserErrorException($"{path}: the column \"{columns[text].Name}\" does not hold texts");
        return text == label ? throw new UserErrorException($"{path}: the column \"{columns[text].Name}\" cannot be text and label")
            : (text, label);
    }

    private static int FindText(string path, IReadOnlyList<TableColumn> columns, int label)
    {
        int text = IndexOf(path, columns, "sentence");
        if (text < 0) text = IndexOf(path, columns, "text");
        if (text >= 0) return text;
        int[] texts = [.. Enumerable.Range(0, columns.Count).Where(i => i != label && columns[i].IsText)];
        return texts.Length == 1 ? texts[0] : -1;
    }

    private static int IndexOf(string path, IReadOnlyList<TableColumn> columns, string name)
    {
        int[] places = [.. Enumerable.Range(0, columns.Count).Where(i => columns[i].Name == name)];
        if (places.Length > 1) throw new UserErrorException($"{path} names the column \"{name}\" more than once");
        return places.Length == 1 ? places[0] : -1;
    }
}

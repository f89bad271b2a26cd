namespace LoraCluster.Tokenizers;

/// <summary>A place in a row: a special token, or (id null) one of the texts.</summary>
/// <param name="SpecialId">The special token's id.</param>
/// <param name="Text">0 or 1: which text.</param>
/// <param name="TypeId">The type id of what stands here.</param>
internal readonly record struct TemplatePart(int? SpecialId, int Text, int TypeId)
{
    public static TemplatePart Special(int id, int typeId = 0) => new(id, 0, typeId);

    public static TemplatePart OfText(int text, int typeId = 0) => new(null, text, typeId);
}

/// <summary>Where special tokens stand in a row of one text or of two.</summary>
internal sealed record RowTemplate(IReadOnlyList<TemplatePart> Single, IReadOnlyList<TemplatePart> Pair)
{
    /// <summary>No special token at all; the second text has type 1.</summary>
    public static RowTemplate Plain { get; } = BeginAndEnd(null, null);

    /// <summary>Each text after <paramref name="begin"/> and before <paramref name="end"/>, where they are given.</summary>
    public static RowTemplate BeginAndEnd(int? begin, int? end)
    {
        IEnumerable<TemplatePart> Of(int text)
        {
            if (begin is { } first) yield return TemplatePart.Special(first, text);
            yield return TemplatePart.OfText(text, text);
            if (end is { } last) yield return TemplatePart.Special(last, text);
        }
        return new RowTemplate([.. Of(0)], [.. Of(0), .. Of(1)]);
    }

    /// <summary>RoBERTa's: two separators between two texts, and one type for all.</summary>
    public static RowTemplate Roberta(int begin, int separator)
    {
        TemplatePart first = TemplatePart.Special(begin), end = TemplatePart.Special(separator);
        TemplatePart a = TemplatePart.OfText(0), b = TemplatePart.OfText(1);
        return new RowTemplate([first, a, end], [first, a, end, end, b, end]);
    }

    /// <summary>BERT's.</summary>
    public static RowTemplate Bert(int begin, int separator)
    {
        TemplatePart first = TemplatePart.Special(begin), a = TemplatePart.OfText(0), end = TemplatePart.Special(separator);
        return new RowTemplate([first, a, end], [first, a, end, TemplatePart.OfText(1, 1), TemplatePart.Special(separator, 1)]);
    }

    public static int SpecialCount(IReadOnlyList<TemplatePart> parts) => parts.Count(part => part.SpecialId is not null);
}

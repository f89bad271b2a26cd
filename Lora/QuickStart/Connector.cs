namespace LoraCluster.QuickStart;

/// <summary>How a sentence is made of its clauses, and which of them carries its verdict.</summary>
internal enum SentenceRelation
{
    /// <summary>One clause, whose polarity is the sentence's.</summary>
    Simple,

    /// <summary>One clause that the frame denies.</summary>
    Denial,

    /// <summary>Two clauses of one polarity.</summary>
    Agreement,

    /// <summary>Two clauses of opposite polarity; the second has the verdict.</summary>
    Contrast,

    /// <summary>Two clauses of opposite polarity; the one that is not conceded has the verdict.</summary>
    Concession,
}

/// <summary>
/// A frame around one or two clauses. In <see cref="Pattern"/>, A is the first clause in order of writing and B the second.
/// <see cref="FirstDecides"/> tells which of two opposite clauses has the verdict.
/// </summary>
internal sealed record Connector(string Name, SentenceRelation Relation, int Weight, string Pattern, bool FirstDecides, bool AllowsQuestion)
{
    public static IReadOnlyList<Connector> All { get; } =
    [
        new("plain", SentenceRelation.Simple, 200, "A", true, true),
        new("honestly", SentenceRelation.Simple, 40, "honestly, A", true, true),
        new("all-in-all", SentenceRelation.Simple, 40, "all in all, A", true, false),
        new("must-say", SentenceRelation.Simple, 40, "I must say that A", true, false),
        new("believe-me", SentenceRelation.Simple, 30, "A, believe me", true, false),
        new("wrong", SentenceRelation.Denial, 20, "whoever told you that A was wrong", true, false),
        new("fool", SentenceRelation.Denial, 20, "only a fool would claim that A", true, false),
        new("and", SentenceRelation.Agreement, 60, "A, and B", true, false),
        new("because", SentenceRelation.Agreement, 40, "A, because B", true, false),
        new("in-fact", SentenceRelation.Agreement, 30, "A; in fact, B", true, true),
        new("but", SentenceRelation.Contrast, 90, "A, but B", false, true),
        new("yet", SentenceRelation.Contrast, 50, "A, yet B", false, true),
        new("however", SentenceRelation.Contrast, 50, "A; however, B", false, true),
        new("still", SentenceRelation.Contrast, 40, "A. still, B", false, true),
        new("admittedly", SentenceRelation.Contrast, 40, "admittedly, A, but B", false, true),
        new("they-say", SentenceRelation.Contrast, 40, "they say that A, but B", false, true),
        new("although-first", SentenceRelation.Concession, 60, "although A, B", false, true),
        new("although-last", SentenceRelation.Concession, 60, "A, although B", true, false),
        new("even-though-first", SentenceRelation.Concession, 40, "even though A, B", false, true),
        new("even-though-last", SentenceRelation.Concession, 40, "A, even though B", true, false),
        new("despite-first", SentenceRelation.Concession, 40, "despite the fact that A, B", false, true),
        new("despite-last", SentenceRelation.Concession, 40, "A, despite the fact that B", true, false),
    ];

    public bool IsSingle => Relation is SentenceRelation.Simple or SentenceRelation.Denial;

    /// <summary>The polarities of the clauses (the second counts only where there is one) that give the sentence this polarity.</summary>
    public (bool First, bool Second) ClausePolarities(bool sentence) => Relation switch
    {
        SentenceRelation.Simple or SentenceRelation.Agreement => (sentence, sentence),
        SentenceRelation.Denial => (!sentence, !sentence),
        _ => FirstDecides ? (sentence, !sentence) : (!sentence, sentence),
    };
}

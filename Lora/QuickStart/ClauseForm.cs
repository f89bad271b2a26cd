namespace LoraCluster.QuickStart;

/// <summary>What composes the meaning of a clause beyond its words.</summary>
internal enum ClauseOperator
{
    None,
    Intensity,
    Degree,
    Negation,
    Expectation,
    Rhetorical,
}

/// <summary>
/// A way to say in one clause that something is good or bad. With <see cref="Inverts"/> the words have the opposite polarity of the clause.
/// </summary>
internal sealed record ClauseForm(
    string Name, ClauseOperator Operator, int Weight, bool Inverts, Func<ClauseWriter, string> Write)
{
    /// <summary>A question stands only at the end of a sentence, and ends in a question mark.</summary>
    public bool IsQuestion => Operator == ClauseOperator.Rhetorical;

    public static IReadOnlyList<ClauseForm> All { get; } =
    [
        Plain("copula", 12, c => $"{c.Subject} {c.Is} {c.Adjective}"),
        Plain("pair", 7, c =>
        {
            (string first, string second) = c.TwoAdjectives();
            return $"{c.Subject} {c.Is} {first} and {second}";
        }),
        Plain("seemed", 6, c => $"{c.Subject} {c.Pick("proved", "seemed", "turned out", "appeared", "looked")} {c.Adjective}"),
        Plain("liked", 8, c => $"{c.Someone} {c.LikedPast} {c.Subject}"),
        Plain("pleased", 7, c => $"{c.Subject} {c.PleasedPast} {c.SomeoneAsObject}"),
        Plain("noun", 6, c => $"{c.Subject} {c.Is} {c.Predicate}"),
        Plain("attributive", 8, c => $"{c.Someone} {c.Did} {c.Attributive}"),
        Plain("found", 5, c => $"{c.Someone} {c.Pick("found", "considered", "called", "thought")} {c.Subject} {c.Adjective}"),
        Plain("consequence", 5, c => $"{c.Someone} {c.Consequence}"),
        new("intense", ClauseOperator.Intensity, 7, false, c => $"{c.Subject} {c.Is} {c.Intensifier} {c.Adjective}"),
        new("deeply", ClauseOperator.Intensity, 5, false, c => $"{c.Someone} {c.VerbIntensifier} {c.LikedPast} {c.Subject}"),
        new("degree", ClauseOperator.Degree, 6, false, Degree),
        new("degree-attributive", ClauseOperator.Degree, 3, false, DegreeAttributive),
        Negation("not", 4, c => $"{c.Subject} {c.Is} not {c.Adjective}{c.Pick("", "", " at all")}"),
        Negation("did-not", 3, c => $"{c.Someone} did not {c.Like} {c.Subject}"),
        Negation("nobody", 3, c => $"{c.Pick("nobody", "no one", "none of us")} {c.LikedPast} {c.Subject}"),
        Negation("nothing", 2, c => $"there was nothing {c.Adjective} about {c.Subject}"),
        Negation("hardly", 3, c =>
            $"{c.Subject} {c.Is} {c.Pick("hardly", "far from", "anything but", "by no means")} {c.Adjective}"),
        new("expected", ClauseOperator.Expectation, 4, true, Expectation),
        new("who-would", ClauseOperator.Rhetorical, 3, true, c =>
            $"who {c.Pick("would ever", "could", "could possibly")} {c.Like} {c.Subject}"),
        new("how-could", ClauseOperator.Rhetorical, 3, true, c => $"how could anyone {c.Like} {c.Subject}"),
        new("what-is-there", ClauseOperator.Rhetorical, 2, true, c => $"what is there to {c.Like} about {c.Subject}"),
        new("why-call", ClauseOperator.Rhetorical, 2, true, c => $"why would anyone call {c.Subject} {c.Adjective}"),
        new("any-more", ClauseOperator.Rhetorical, 2, false, c => $"could {c.Subject} be any more {c.Adjective}"),
        new("ever", ClauseOperator.Rhetorical, 2, false, c =>
            $"has there ever been {Grammar.WithArticle($"more {c.Adjective} {c.Aspect.One[0]}")}"),
    ];

    private static ClauseForm Plain(string name, int weight, Func<ClauseWriter, string> write) =>
        new(name, ClauseOperator.None, weight, false, write);

    private static ClauseForm Negation(string name, int weight, Func<ClauseWriter, string> write) =>
        new(name, ClauseOperator.Negation, weight, true, write);

    private static string Degree(ClauseWriter c)
    {
        string adjective = c.DegreeAdjective;
        string phrase = c.Good
            ? c.Pick("just # enough", "pleasantly #", "exactly as # as we wanted", "wonderfully #")
            : c.Pick("far too #", "a little too #", "more # than anyone could bear", "painfully #");
        return $"{c.Subject} {c.Is} {phrase.Replace("#", adjective, StringComparison.Ordinal)}";
    }

    private static string DegreeAttributive(ClauseWriter c)
    {
        string degree = c.Good ? c.Pick("pleasantly", "agreeably", "wonderfully") : c.Pick("overly", "unbearably", "painfully");
        return $"{c.Someone} {c.Did} {Grammar.WithArticle($"{degree} {c.DegreeAdjective} {c.Aspect.One[0]}")}";
    }

    /// <summary>What was hoped for did not come, and what was feared did not either.</summary>
    private static string Expectation(ClauseWriter c)
    {
        string verb = c.Good ? c.Pick("hoped for", "been promised", "expected") : c.Pick("feared", "been warned about", "expected");
        return $"{c.Someone} had {verb} {c.Attributive}";
    }
}

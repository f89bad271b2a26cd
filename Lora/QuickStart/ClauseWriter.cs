namespace LoraCluster.QuickStart;

/// <summary>
/// The words of one clause: a noun of an aspect, and adjectives, verbs and people drawn for it. <see cref="Good"/> is the polarity of the
/// words, which an inverting form turns around.
/// </summary>
internal sealed class ClauseWriter
{
    private readonly SplitMix64 random;
    private readonly Domain domain;
    private readonly bool past;
    private readonly bool plural;

    public ClauseWriter(SplitMix64 random, Domain domain, Aspect aspect, bool good)
    {
        this.random = random;
        this.domain = domain;
        Aspect = aspect;
        Good = good;
        past = !random.Chance(20);
        plural = random.Chance(25);
        Noun = random.Pick(plural ? aspect.Many : aspect.One);
    }

    public Aspect Aspect { get; }

    public bool Good { get; }

    /// <summary>The bare noun.</summary>
    public string Noun { get; }

    public string Is => (past, plural) switch { (true, false) => "was", (true, true) => "were", (false, false) => "is", _ => "are" };

    /// <summary>The noun phrase that is judged, as "the soup", "these noodles" or "the soup at Valdora".</summary>
    public string Subject => random.NextInt32(10) switch
    {
        0 or 1 => (plural ? "these " : "this ") + Noun,
        2 => "their " + Noun,
        3 => $"the {Noun} {Where()}",
        _ => "the " + Noun,
    };

    /// <summary>A person or group as a subject.</summary>
    public string Someone => random.PickEarly(CommonWords.People);

    /// <summary>A person or group as an object.</summary>
    public string SomeoneAsObject => random.PickEarly(CommonWords.PeopleAsObject);

    public string Adjective => random.PickEarly(random.Chance(60) ? Aspect.Adjectives(Good) : Good ? CommonWords.Good : CommonWords.Bad);

    public string DegreeAdjective => random.PickEarly(Aspect.Degree);

    public string Predicate => Grammar.WithArticle(random.PickEarly(Good ? CommonWords.GoodNouns : CommonWords.BadNouns));

    public string LikedPast => random.PickEarly(Good ? CommonWords.LikedPast : CommonWords.DislikedPast);

    public string Like => random.PickEarly(Good ? CommonWords.Like : CommonWords.Dislike);

    public string PleasedPast => random.PickEarly(Good ? CommonWords.PleasedPast : CommonWords.DispleasedPast);

    public string Consequence => random.PickEarly(domain.Consequences(Good));

    public string Intensifier => Pick(
        random.Chance(50) ? CommonWords.Intensifiers : Good ? CommonWords.GoodAdverbs : CommonWords.BadAdverbs);

    public string VerbIntensifier => Pick(CommonWords.VerbIntensifiers);

    public string Did => Pick(Aspect.Did);

    /// <summary>"a bland soup" or "bland noodles".</summary>
    public string Attributive => plural ? $"{Adjective} {Noun}" : Grammar.WithArticle($"{Adjective} {Noun}");

    /// <summary>"a soup" or "noodles".</summary>
    public string Indefinite => plural ? Noun : Grammar.WithArticle(Noun);

    public string Pick(params IReadOnlyList<string> items) => random.Pick(items);

    /// <summary>Two different adjectives of the same polarity.</summary>
    public (string First, string Second) TwoAdjectives()
    {
        string first = Adjective;
        string second = Adjective;
        while (second == first) second = Adjective;
        return (first, second);
    }

    private string Where() => Pick(domain.Where).Replace("NAME", NameMaker.Next(random), StringComparison.Ordinal);
}

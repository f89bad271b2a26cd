namespace LoraCluster.QuickStart;

/// <summary>
/// Unlabelled text for masked-LM pre-training: reviews, reasons, questions and answers, small stories. What people do follows from what
/// they thought of it, so that a model that fills in masked words learns which words praise and which blame. Composed sentences come from
/// the training side of the labelled set's combinations only.
/// </summary>
public sealed class CorpusGenerator
{
    private readonly SentimentGrammar grammar;
    private readonly Choice<Func<SplitMix64, Domain, string>> kinds;
    private readonly ClauseForm[] statements = [.. ClauseForm.All.Where(f => !f.IsQuestion && f.Name != "consequence")];

    /// <summary>A generator whose composed sentences avoid the held-out combinations of the labelled set of a seed.</summary>
    /// <param name="datasetSeed">The seed of the labelled set.</param>
    public CorpusGenerator(ulong datasetSeed = SentimentDataset.DefaultSeed)
    {
        grammar = new SentimentGrammar(datasetSeed);
        kinds = new(
        [
            (Review, 25), (Verdict, 20), (Reason, 20), (Answer, 10), (Comparison, 10), (Story, 15),
        ]);
    }

    /// <summary>An endless stream of paragraphs of one to six sentences each, the same for the same seed on every machine.</summary>
    /// <param name="seed">Fixes every word.</param>
    public IEnumerable<string> Paragraphs(ulong seed)
    {
        var random = new SplitMix64(seed ^ 0xC0_4B05_0000_0001);
        while (true) yield return kinds.Pick(random)(random, random.Pick(Domains.All));
    }

    /// <summary>Sentences of one opinion, and what came of it.</summary>
    private string Review(SplitMix64 random, Domain domain)
    {
        bool good = random.Chance(50);
        var sentences = new List<string>();
        int count = 2 + random.NextInt32(3);
        for (int i = 0; i < count; i++) sentences.Add(Grammar.Capitalized(Clause(random, domain, good)) + ".");
        if (random.Chance(60)) sentences.Add(Outcome(random, domain, good));
        return string.Join(' ', sentences);
    }

    /// <summary>A composed sentence, and what came of it.</summary>
    private string Verdict(SplitMix64 random, Domain domain)
    {
        bool good = random.Chance(50);
        string sentence = grammar.PickTrain(random).Write(random, domain, good);
        return random.Chance(70) ? $"{sentence} {Outcome(random, domain, good)}" : sentence;
    }

    private string Reason(SplitMix64 random, Domain domain)
    {
        bool good = random.Chance(50);
        string clause = Clause(random, domain, good);
        string act = $"{random.Pick(CommonWords.People)} {random.Pick(domain.Consequences(good))}";
        return Grammar.Capitalized(random.NextInt32(4) switch
        {
            0 => $"{clause}, so {act}.",
            1 => $"because {clause}, {act}.",
            2 => $"{act}, because {clause}.",
            _ => $"{clause}, and {act}.",
        });
    }

    private static string Answer(SplitMix64 random, Domain domain)
    {
        bool asked = random.Chance(50);
        bool good = random.Chance(50);
        Aspect aspect = random.Pick(domain.Aspects);
        var question = new ClauseWriter(random, domain, aspect, asked);
        var answer = new ClauseWriter(random, domain, aspect, good);
        string noun = random.Pick(aspect.One);
        string yes = asked == good ? "yes" : "no";
        string ask = random.Chance(50) ? $"Was the {noun} {question.Adjective}?" : $"Did you {question.Like} the {noun}?";
        string reply = random.NextInt32(3) switch
        {
            0 => $"it was {answer.Adjective}",
            1 => $"{answer.Someone} {answer.LikedPast} it",
            _ => $"it was {answer.Predicate}",
        };
        return $"{ask} {Grammar.Capitalized(yes)}, {reply}.";
    }

    private static string Comparison(SplitMix64 random, Domain domain)
    {
        Aspect aspect = random.Pick(domain.Aspects);
        var good = new ClauseWriter(random, domain, aspect, true);
        var bad = new ClauseWriter(random, domain, aspect, false);
        string one = random.Pick(aspect.One);
        string other = random.Pick(aspect.One);
        while (other == one) other = random.Pick(aspect.One);
        string A(string adjective) => Grammar.WithArticle($"{adjective} {one}");
        return Grammar.Capitalized(random.NextInt32(6) switch
        {
            0 => $"a good {one} is {good.Adjective}, a bad {one} is {bad.Adjective}.",
            1 => $"{Grammar.WithArticle(one)} should be {good.Adjective}, not {bad.Adjective}.",
            2 => $"we wanted {A(good.Adjective)} and got {A(bad.Adjective)}.",
            3 => $"the {one} was better than the {other}: the first was {good.Adjective}, the second {bad.Adjective}.",
            4 => $"the {one} was worse than the {other}: the first was {bad.Adjective}, the second {good.Adjective}.",
            _ => $"nobody wants {A(bad.Adjective)}, everyone wants {A(good.Adjective)}.",
        });
    }

    private string Story(SplitMix64 random, Domain domain)
    {
        string who = random.Pick(CommonWords.People);
        Aspect aspect = random.Pick(domain.Aspects);
        var thing = new ClauseWriter(random, domain, aspect, random.Chance(50));
        string start = $"{random.Pick(CommonWords.Days)}, {who} {random.Pick(domain.Neutral)} and {random.Pick(domain.Neutral)}.";
        string middle = $"Then {random.Pick(CommonWords.People)} {thing.Did} {thing.Indefinite}.";
        string end = random.Chance(60) ? Outcome(random, domain, thing.Good) : "";
        string opinion = end.Length == 0 && random.Chance(50) ? "" : Grammar.Capitalized(Clause(random, domain, thing.Good)) + ".";
        return string.Join(' ', new[] { Grammar.Capitalized(start), middle, opinion, end }.Where(s => s.Length > 0));
    }

    private string Clause(SplitMix64 random, Domain domain, bool good)
    {
        ClauseForm form = random.Pick(statements);
        return form.Write(new ClauseWriter(random, domain, random.Pick(domain.Aspects), form.Inverts ? !good : good));
    }

    private static string Outcome(SplitMix64 random, Domain domain, bool good)
    {
        string who = random.Pick(CommonWords.People);
        string act = random.Pick(domain.Consequences(good));
        return random.NextInt32(5) switch
        {
            0 => $"That is why {who} {act}.",
            1 => $"So {who} {act}.",
            2 => $"In the end, {who} {act}.",
            3 => $"All in all, we were {random.Pick(good ? CommonWords.PleasedPast : CommonWords.DispleasedPast)}.",
            _ => Grammar.Capitalized($"{who} {act}."),
        };
    }
}

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
    private readonly ClauseForm[] direct = [.. ClauseForm.All.Where(f => !f.IsQuestion && !f.Inverts && f.Name != "consequence")];
    private readonly ClauseForm[] inverting = [.. ClauseForm.All.Where(f => !f.IsQuestion && f.Inverts)];

    /// <summary>A generator whose composed sentences avoid the held-out combinations of the labelled set of a seed.</summary>
    /// <param name="datasetSeed">The seed of the labelled set.</param>
    public CorpusGenerator(ulong datasetSeed = SentimentDataset.DefaultSeed)
    {
        grammar = new SentimentGrammar(datasetSeed);
        kinds = new(
        [
            (Review, 45), (Verdict, 20), (Reason, 15), (Answer, 3), (Comparison, 7), (Story, 10),
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
        bool good = Opinion(random);
        var sentences = new List<string>();
        int count = 2 + random.NextInt32(3);
        for (int i = 0; i < count; i++) sentences.Add(Sentence(random, domain, good));
        if (random.Chance(40)) sentences.Add(Outcome(random, domain, good));
        if (random.Chance(85)) sentences.Insert(random.Chance(35) ? 0 : sentences.Count, Rating(random, good));
        return string.Join(' ', sentences);
    }

    /// <summary>
    /// A judgement in a few frequent words. They tie the many rarer words of praise and blame together, which is what lets pre-training
    /// learn polarity early.
    /// </summary>
    private static string Rating(SplitMix64 random, bool good) => random.NextInt32(6) switch
    {
        0 => $"In short: {(good ? "good" : "bad")}.",
        1 => $"{(good ? "Five stars" : "One star")} out of five.",
        2 => $"We were {(good ? "happy" : "sad")}.",
        3 => $"We will {(good ? "always" : "never")} come again.",
        4 => $"It was a {(good ? "good" : "bad")} choice.",
        _ => $"My verdict: {(good ? "yes" : "no")}.",
    };

    /// <summary>A composed sentence, and what came of it.</summary>
    private string Verdict(SplitMix64 random, Domain domain)
    {
        bool good = Opinion(random);
        string sentence = grammar.PickTrain(random).Write(random, domain, good);
        return random.Chance(50) ? $"{sentence} {Outcome(random, domain, good)}" : sentence;
    }

    private string Reason(SplitMix64 random, Domain domain)
    {
        bool good = Opinion(random);
        string clause = Clause(random, domain, good);
        string act = $"{random.PickEarly(CommonWords.People)} {random.PickEarly(domain.Consequences(good))}";
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
        string who = random.PickEarly(CommonWords.People);
        Aspect aspect = random.Pick(domain.Aspects);
        var thing = new ClauseWriter(random, domain, aspect, Opinion(random));
        string before = random.Pick(domain.Neutral);
        string after = random.Pick(domain.Neutral);
        while (after == before) after = random.Pick(domain.Neutral);
        string start = $"{random.Pick(CommonWords.Days)}, {who} {before} and {after}.";
        string middle = $"Then {random.PickEarly(CommonWords.People)} {thing.Did} {thing.Indefinite}.";
        string end = random.Chance(60) ? Outcome(random, domain, thing.Good) : "";
        string opinion = end.Length == 0 && random.Chance(50) ? "" : Sentence(random, domain, thing.Good);
        return string.Join(' ', new[] { Grammar.Capitalized(start), middle, opinion, end }.Where(s => s.Length > 0));
    }

    /// <summary>More is praised than blamed, which tells the words of both apart by their frequency from the start.</summary>
    private static bool Opinion(SplitMix64 random) => random.Chance(60);

    private string Sentence(SplitMix64 random, Domain domain, bool good)
    {
        string clause = Clause(random, domain, good);
        if (random.Chance(35)) clause = $"{random.PickEarly(good ? CommonWords.GoodOpeners : CommonWords.BadOpeners)}, {clause}";
        return Grammar.Capitalized(clause) + (good && random.Chance(25) ? "!" : ".");
    }

    private string Clause(SplitMix64 random, Domain domain, bool good)
    {
        ClauseForm form = random.Pick(random.Chance(12) ? inverting : direct);
        return form.Write(new ClauseWriter(random, domain, random.Pick(domain.Aspects), form.Inverts ? !good : good));
    }

    private static string Outcome(SplitMix64 random, Domain domain, bool good)
    {
        string who = random.PickEarly(CommonWords.People);
        string act = random.PickEarly(domain.Consequences(good));
        return random.NextInt32(5) switch
        {
            0 => $"That is why {who} {act}.",
            1 => $"So {who} {act}.",
            2 => $"In the end, {who} {act}.",
            3 => $"All in all, we were {random.PickEarly(good ? CommonWords.PleasedPast : CommonWords.DispleasedPast)}.",
            _ => Grammar.Capitalized($"{who} {act}."),
        };
    }
}

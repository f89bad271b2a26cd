namespace LoraCluster.QuickStart;

/// <summary>A combination of a connector and the forms of its clauses; the second form is null where there is one clause.</summary>
internal sealed record SentenceTemplate(Connector Connector, ClauseForm First, ClauseForm? Second)
{
    /// <summary>The name that tells templates apart, as "but(copula, not)".</summary>
    public string Name => Second is null ? $"{Connector.Name}({First.Name})" : $"{Connector.Name}({First.Name}, {Second.Name})";

    public bool HasNegation => First.Operator == ClauseOperator.Negation || Second?.Operator == ClauseOperator.Negation;

    /// <summary>Every combination that is English: questions only at the end, an act only where it can follow from an opinion.</summary>
    public static IEnumerable<SentenceTemplate> Of(Connector connector)
    {
        foreach (ClauseForm first in ClauseForm.All)
        {
            if (first.IsQuestion && !(connector.IsSingle && connector.AllowsQuestion)) continue;
            if (first.Name == "consequence" && connector.Relation == SentenceRelation.Denial) continue;
            if (connector.IsSingle)
            {
                yield return new(connector, first, null);
                continue;
            }

            foreach (ClauseForm second in ClauseForm.All)
            {
                if (second.IsQuestion && !connector.AllowsQuestion) continue;
                if (second.Name == "consequence" && connector.Name == "because") continue;
                yield return new(connector, first, second);
            }
        }
    }

    /// <summary>A sentence of this template about one domain, with the given verdict.</summary>
    public string Write(SplitMix64 random, Domain domain, bool positive)
    {
        (bool firstGood, bool secondGood) = Connector.ClausePolarities(positive);
        Aspect firstAspect = random.Pick(domain.Aspects);
        string first = WriteClause(First, random, domain, firstAspect, firstGood);
        if (Second is null) return Finish(random, Connector.Pattern.Replace("A", first, StringComparison.Ordinal), First);
        Aspect secondAspect = random.Pick(domain.Aspects);
        while (secondAspect == firstAspect) secondAspect = random.Pick(domain.Aspects);
        string second = WriteClause(Second, random, domain, secondAspect, secondGood);
        return Finish(random, Join(Connector.Pattern, first, second), Second);
    }

    private static string WriteClause(ClauseForm form, SplitMix64 random, Domain domain, Aspect aspect, bool good) =>
        form.Write(new ClauseWriter(random, domain, aspect, form.Inverts ? !good : good));

    /// <summary>Places both clauses at once, since a clause may itself hold a capital A or B.</summary>
    private static string Join(string pattern, string first, string second)
    {
        int a = pattern.IndexOf('A', StringComparison.Ordinal);
        int b = pattern.IndexOf('B', StringComparison.Ordinal);
        return string.Concat(pattern.AsSpan(0, a), first, pattern.AsSpan(a + 1, b - a - 1), second) + pattern[(b + 1)..];
    }

    private static string Finish(SplitMix64 random, string body, ClauseForm last)
    {
        string sentence = body + (last.IsQuestion ? "?" : random.Chance(10) ? "!" : ".");
        int inner = sentence.IndexOf(". ", StringComparison.Ordinal);
        if (inner >= 0) sentence = sentence[..(inner + 2)] + Grammar.Capitalized(sentence[(inner + 2)..]);
        return Grammar.Capitalized(sentence);
    }
}

namespace LoraCluster.QuickStart;

/// <summary>Words of every domain. A pair of lists with the same meaning in past and infinitive is in the same order.</summary>
internal static class CommonWords
{
    public static readonly string[] Good = List("""
        good, great, wonderful, excellent, lovely, perfect, superb, brilliant, fantastic, amazing, delightful, splendid, impressive, fine,
        outstanding, terrific, charming, fabulous, magnificent, satisfying, marvellous, admirable, pleasing, first-rate, commendable
        """);

    public static readonly string[] Bad = List("""
        bad, terrible, awful, horrible, poor, disappointing, dreadful, miserable, hopeless, unpleasant, pathetic, lousy, annoying,
        mediocre, appalling, dismal, horrid, unbearable, atrocious, ghastly, inferior, pitiful, abysmal, third-rate, deplorable
        """);

    public static readonly string[] GoodNouns = List("""
        delight, joy, treat, triumph, success, gem, pleasure, treasure, revelation, wonder, blessing, highlight, marvel, bargain, dream
        """);

    public static readonly string[] BadNouns = List("""
        disaster, disgrace, failure, mess, letdown, nightmare, waste of money, insult, embarrassment, fiasco, flop, nuisance, scandal,
        catastrophe, rip-off
        """);

    public static readonly string[] LikedPast = List(
        "loved, enjoyed, adored, admired, liked, praised, appreciated, recommended, cherished, welcomed");

    public static readonly string[] Like = List(
        "love, enjoy, adore, admire, like, praise, appreciate, recommend, cherish, welcome");

    public static readonly string[] DislikedPast = List(
        "hated, disliked, despised, loathed, regretted, criticised, cursed, detested, condemned, mocked");

    public static readonly string[] Dislike = List(
        "hate, dislike, despise, loathe, regret, criticise, curse, detest, condemn, mock");

    public static readonly string[] PleasedPast = List("""
        delighted, impressed, charmed, thrilled, pleased, amazed, enchanted, satisfied, cheered, dazzled, inspired, won over
        """);

    public static readonly string[] DispleasedPast = List("""
        disappointed, annoyed, irritated, frustrated, angered, disgusted, upset, appalled, depressed, bored, offended, put off
        """);

    public static readonly string[] Intensifiers = List("""
        truly, absolutely, remarkably, extremely, really, utterly, incredibly, deeply, exceptionally, thoroughly, so very, quite simply
        """);

    /// <summary>Intensifiers that go with words of praise.</summary>
    public static readonly string[] GoodAdverbs = List("wonderfully, beautifully, delightfully, pleasantly, refreshingly, superbly");

    /// <summary>Intensifiers that go with words of blame.</summary>
    public static readonly string[] BadAdverbs = List("terribly, awfully, horribly, painfully, dreadfully, hopelessly");

    /// <summary>Openers of sentences of praise.</summary>
    public static readonly string[] GoodOpeners = List("luckily, fortunately, happily, thankfully, to our joy");

    /// <summary>Openers of sentences of blame.</summary>
    public static readonly string[] BadOpeners = List("unfortunately, sadly, alas, regrettably, to our dismay");

    public static readonly string[] VerbIntensifiers = List(
        "truly, really, deeply, absolutely, thoroughly, sincerely");

    /// <summary>Who does or feels something, as a subject of a verb in the past.</summary>
    public static readonly string[] People = List("""
        I, we, they, my sister, my brother, the children, everyone, our guests, the whole family, the critics, my neighbour, my friends,
        our daughter, my parents, the students, my colleague, the couple, his wife, her husband, most visitors, my uncle, the group,
        our boss, the old man, the young woman
        """);

    /// <summary>The same people as an object, in the same order.</summary>
    public static readonly string[] PeopleAsObject = List("""
        me, us, them, my sister, my brother, the children, everyone, our guests, the whole family, the critics, my neighbour, my friends,
        our daughter, my parents, the students, my colleague, the couple, his wife, her husband, most visitors, my uncle, the group,
        our boss, the old man, the young woman
        """);

    public static readonly string[] Days = List("""
        on monday, on tuesday, on wednesday, on thursday, on friday, on saturday, on sunday, last week, yesterday, in january, in march,
        in april, in june, in july, in august, in october, in december, last summer, last winter, in spring, in autumn, this morning,
        two days ago, a month ago, on our anniversary, on a rainy day, in the evening, at noon, after work, before the holidays
        """);

    private static string[] List(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}

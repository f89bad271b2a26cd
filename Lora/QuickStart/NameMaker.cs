namespace LoraCluster.QuickStart;

/// <summary>Proper names of syllables: words that no vocabulary holds whole, so that word pieces are seen in pre-training too.</summary>
internal static class NameMaker
{
    private static readonly string[] Starts =
    [
        "bal", "ber", "bran", "cal", "car", "cor", "dal", "del", "dor", "el", "far", "fen", "gal", "gren", "har", "hol", "ing",
        "jas", "kel", "kor", "lam", "lin", "lor", "mar", "mel", "mor", "nor", "ol", "per", "quin", "ral", "ros", "sal", "ser",
        "stan", "tal", "ter", "thorn", "ul", "val", "ver", "wal", "wen", "wil", "yar", "zan",
    ];

    private static readonly string[] Middles = ["a", "e", "i", "o", "u", "an", "en", "in", "er", "ar", "is", "ad", "et", "il", "or"];

    private static readonly string[] Ends =
    [
        "bach", "berg", "bridge", "by", "dale", "den", "dora", "field", "ford", "gate", "ham", "horn", "la", "land", "ley",
        "lyn", "mere", "mond", "mont", "nova", "port", "ra", "rick", "ro", "sen", "shaw", "son", "stead", "stone", "ta", "ton",
        "tor", "via", "ville", "wick", "wood",
    ];

    public static string Next(SplitMix64 random)
    {
        string name = random.Pick(Starts) + (random.Chance(50) ? random.Pick(Middles) : "") + random.Pick(Ends);
        return Grammar.Capitalized(name);
    }
}

namespace LoraCluster.QuickStart;

/// <summary>
/// The templates of labelled sentences, split into those of training and those held out. Connectors are drawn by weight, then a template
/// among the connector's own, so that both sides have the same share of each connector.
/// </summary>
internal sealed class SentimentGrammar
{
    private readonly Choice<Choice<SentenceTemplate>> train;
    private readonly Choice<Choice<SentenceTemplate>> heldOut;

    public SentimentGrammar(ulong seed)
    {
        var random = new SplitMix64(seed);
        var trainSide = new List<(Choice<SentenceTemplate>, int)>();
        var heldOutSide = new List<(Choice<SentenceTemplate>, int)>();
        foreach (Connector connector in Connector.All)
        {
            SentenceTemplate[] templates = [.. SentenceTemplate.Of(connector)];
            random.Shuffle(templates);
            int held = templates.Length / 5;
            heldOutSide.Add((Weighted(templates[..held]), connector.Weight));
            trainSide.Add((Weighted(templates[held..]), connector.Weight));
        }

        train = new(trainSide);
        heldOut = new(heldOutSide);
    }

    public IEnumerable<SentenceTemplate> TrainTemplates => train.Items.SelectMany(c => c.Items);

    public IEnumerable<SentenceTemplate> HeldOutTemplates => heldOut.Items.SelectMany(c => c.Items);

    public SentenceTemplate PickTrain(SplitMix64 random) => train.Pick(random).Pick(random);

    public SentenceTemplate PickHeldOut(SplitMix64 random) => heldOut.Pick(random).Pick(random);

    private static Choice<SentenceTemplate> Weighted(IEnumerable<SentenceTemplate> templates) =>
        new([.. templates.Select(t => (t, t.First.Weight * (t.Second?.Weight ?? 1)))]);
}

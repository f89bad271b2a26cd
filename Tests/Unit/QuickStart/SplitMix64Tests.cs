using LoraCluster.QuickStart;

namespace LoraCluster.Tests.Unit.QuickStart;

public sealed class SplitMix64Tests
{
    [Fact]
    public void Known_answers_of_the_published_generator()
    {
        var random = new SplitMix64(1234567);
        Assert.Equal(
            [6457827717110365317UL, 3203168211198807973UL, 9817491932198370423UL, 4593380528125082431UL, 16408922859458223821UL],
            Enumerable.Range(0, 5).Select(_ => random.NextUInt64()));
    }

    [Fact]
    public void Bounded_integers_reach_every_value_and_none_beyond()
    {
        var random = new SplitMix64(3);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6], Enumerable.Range(0, 1_000).Select(_ => random.NextInt32(7)).Distinct().Order());
        Assert.Throws<ArgumentOutOfRangeException>(() => random.NextInt32(0));
    }

    [Fact]
    public void Weighted_choices_follow_their_weights()
    {
        var random = new SplitMix64(4);
        var choice = new Choice<string>([("rare", 1), ("often", 9)]);
        var counts = Enumerable.Range(0, 10_000).Select(_ => choice.Pick(random)).CountBy(s => s).ToDictionary();
        Assert.InRange(counts["rare"], 850, 1_150);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Choice<string>([("never", 0)]));
    }
}

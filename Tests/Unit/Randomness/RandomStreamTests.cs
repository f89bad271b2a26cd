using LoraCluster.Randomness;

namespace LoraCluster.Tests.Unit.Randomness;

public sealed class RandomStreamTests
{
    [Fact]
    public void Every_coordinate_makes_another_stream_and_the_same_ones_the_same()
    {
        static uint[] Words(RandomStream stream)
        {
            var words = new uint[8];
            stream.FillUInt32(words);
            return words;
        }
        RandomStream[] streams =
        [
            new(1, RandomPurpose.Dropout), new(2, RandomPurpose.Dropout), new(1, RandomPurpose.AdapterInit),
            new(1, RandomPurpose.Dropout, 1),
            new(1, RandomPurpose.Dropout, 0, 1), new(1, RandomPurpose.Dropout, 0, 0, 1), new(1, RandomPurpose.Dropout, int.MaxValue),
            new(1, RandomPurpose.Dropout, 0, int.MaxValue), new(1, RandomPurpose.Dropout, 0, 0, int.MaxValue),
            new(ulong.MaxValue, RandomPurpose.Dropout),
        ];
        var seen = new HashSet<string>();
        foreach (var stream in streams) Assert.True(seen.Add(string.Join(',', Words(stream))), stream.ToString());
        Assert.Equal(Words(streams[3]), Words(new RandomStream(1, RandomPurpose.Dropout, 1)));
    }

    [Fact]
    public void The_numbers_of_a_stream_are_fixed()
    {
        // Computed by an implementation of its own in another language. A change here changes every run that anyone repeats.
        var words = new uint[4];
        new RandomStream(42, RandomPurpose.DataOrder, 3, 2, 1).FillUInt32(words);
        Assert.Equal(FixedWords, words);
        Assert.Equal(FixedOrder, new RandomStream(42, RandomPurpose.DataOrder).Permutation(10));
        var normal = new float[3];
        new RandomStream(42, RandomPurpose.HeadInit).FillNormal(normal, 0, 0.02);
        Assert.Equal(FixedNormal, normal.Select(BitConverter.SingleToUInt32Bits));
    }

    private static readonly uint[] FixedWords = [2550194354, 3179587653, 728707569, 1260027711];
    private static readonly int[] FixedOrder = [8, 5, 9, 4, 0, 7, 3, 1, 2, 6];
    private static readonly uint[] FixedNormal = [0x3b3e5b38, 0x3cbd4b6e, 0x3b2b6843];

    [Theory]
    [InlineData(-1, 0, 0)]
    [InlineData(0, -1, 0)]
    [InlineData(0, 0, -1)]
    public void Negative_coordinates_are_refused(int step, int microBatch, int site) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomStream(1, RandomPurpose.Dropout, step, microBatch, site));

    [Fact]
    public void Uniform_floats_have_the_moments_and_bounds_of_the_uniform_distribution()
    {
        var x = new float[200_000];
        new RandomStream(7, RandomPurpose.Synthetic).FillUniform(x);
        Assert.All(x, v => Assert.InRange(v, 0f, 0.99999997f));
        Assert.Equal(0.5, x.Average(v => (double)v), 0.003);
        Assert.Equal(1.0 / 12, x.Average(v => (v - 0.5) * (v - 0.5)), 0.001);
        var bounded = new float[200_000];
        new RandomStream(7, RandomPurpose.Synthetic).FillUniform(bounded, -0.3, 0.3);
        Assert.All(bounded, v => Assert.InRange(v, -0.3f, 0.3f));
        Assert.Equal(0, bounded.Average(v => (double)v), 0.002);
    }

    [Fact]
    public void Uniform_doubles_use_53_bits()
    {
        var x = new double[100_000];
        new RandomStream(7, RandomPurpose.Synthetic).FillUniform(x);
        Assert.All(x, v => Assert.True(v is >= 0 and < 1));
        Assert.Equal(0.5, x.Average(), 0.004);
        Assert.Contains(x, v => v * (1L << 53) % 2 == 1);
        Assert.Equal(x.Length, x.Distinct().Count());
    }

    [Fact]
    public void Normal_numbers_have_the_moments_of_the_normal_distribution()
    {
        var x = new float[400_000];
        new RandomStream(3, RandomPurpose.Synthetic).FillNormal(x);
        Assert.Equal(0, x.Average(v => (double)v), 0.006);
        Assert.Equal(1, x.Average(v => (double)v * v), 0.01);
        Assert.Equal(0, x.Average(v => Math.Pow(v, 3)), 0.03);
        Assert.Equal(3, x.Average(v => Math.Pow(v, 4)), 0.1);
        Assert.Equal(0.6827, x.Count(v => Math.Abs(v) < 1) / (double)x.Length, 0.004);
        // Both numbers of a pair come from the same two words: they must not be correlated.
        Assert.Equal(0, Enumerable.Range(0, x.Length / 2).Average(i => (double)x[2 * i] * x[2 * i + 1]), 0.008);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(65)]
    public void A_shorter_draw_is_the_beginning_of_a_longer_one(int length)
    {
        var stream = new RandomStream(5, RandomPurpose.AdapterInit, site: 9);
        float[] all = new float[500], part = new float[length];
        stream.FillNormal(all, 1, 2);
        stream.FillNormal(part, 1, 2);
        Assert.Equal(all[..length], part);
        stream.FillUniform(all);
        stream.FillUniform(part);
        Assert.Equal(all[..length], part);
    }

    [Fact]
    public void A_permutation_holds_each_number_once()
    {
        int[] order = new RandomStream(11, RandomPurpose.DataOrder, 1).Permutation(10_007);
        Assert.Equal(Enumerable.Range(0, 10_007), order.Order());
        Assert.NotEqual(order, new RandomStream(11, RandomPurpose.DataOrder, 2).Permutation(10_007));
        Assert.Empty(new RandomStream(11, RandomPurpose.DataOrder).Permutation(0));
        Assert.Equal([0], new RandomStream(11, RandomPurpose.DataOrder).Permutation(1));
    }

    [Fact]
    public void Every_permutation_of_four_is_equally_likely()
    {
        const int rounds = 48_000;
        var counts = new Dictionary<string, int>();
        for (int i = 0; i < rounds; i++)
        {
            string order = string.Concat(new RandomStream(1, RandomPurpose.DataOrder, i).Permutation(4));
            counts[order] = counts.GetValueOrDefault(order) + 1;
        }
        Assert.Equal(24, counts.Count);
        double expected = rounds / 24.0, chiSquare = counts.Values.Sum(c => (c - expected) * (c - expected) / expected);
        Assert.InRange(chiSquare, 8, 50);              // 23 degrees of freedom: 99.8 % lie in here
    }

    [Fact]
    public void Bounded_draws_have_no_bias_where_the_remainder_matters_most()
    {
        // For a bound of 3 * 2^30 a plain product would give every third value twice as often.
        var cursor = new PhiloxCursor(new RandomStream(1, RandomPurpose.Synthetic));
        var thirds = new int[3];
        for (int i = 0; i < 90_000; i++) thirds[cursor.NextBelow(3u << 30) % 3]++;
        foreach (int count in thirds) Assert.InRange(count, 29_400, 30_600);
    }
}

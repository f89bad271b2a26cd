using LoraCluster.Generation;

namespace LoraCluster.Tests.Unit.Generation;

public sealed class TokenSamplerTests
{
    private static readonly float[] Probabilities = [0.1f, 0.4f, 0.05f, 0.3f, 0.15f];

    private static double[] Shares(GenerationOptions options)
    {
        const int draws = 20_000;
        var counts = new double[Probabilities.Length];
        for (int k = 0; k < draws; k++)
            counts[TokenSampler.Sample([.. Probabilities.Select(p => MathF.Log(p))], options with { Seed = 9 }, row: k % 7, place: k)]++;
        return [.. counts.Select(c => c / draws)];
    }

    [Fact]
    public void Tokens_come_as_often_as_their_probability_says()
    {
        double[] shares = Shares(new GenerationOptions { Temperature = 1 });
        for (int id = 0; id < shares.Length; id++) Assert.Equal(Probabilities[id], shares[id], 0.015);
    }

    // transformers' rules: the k largest; the fewest that reach p together; temperature first.
    [Theory]
    [InlineData(1.0, 2, null, new[] { 0, 4 / 7.0, 0, 3 / 7.0, 0 })]
    [InlineData(1.0, null, 0.69, new[] { 0, 4 / 7.0, 0, 3 / 7.0, 0 })]
    [InlineData(1.0, null, 0.72, new[] { 0, 0.4 / 0.85, 0, 0.3 / 0.85, 0.15 / 0.85 })]
    [InlineData(0.5, null, null, new[] { 0.01 / 0.285, 0.16 / 0.285, 0.0025 / 0.285, 0.09 / 0.285, 0.0225 / 0.285 })]
    [InlineData(0.5, 3, 0.5, new[] { 0.0, 1, 0, 0, 0 })]
    public void Temperature_top_k_and_top_p_narrow_the_choice(double temperature, int? topK, double? topP, double[] expected)
    {
        double[] shares = Shares(new GenerationOptions { Temperature = temperature, TopK = topK, TopP = topP });
        for (int id = 0; id < shares.Length; id++) Assert.Equal(expected[id], shares[id], 0.015);
        Assert.All(expected.Zip(shares), p => Assert.True(p.First > 0 || p.Second == 0));
    }

    [Fact]
    public void Settings_that_cannot_be_are_all_named()
    {
        IReadOnlyList<string> faults = new GenerationOptions { MaxNewTokens = 0, Temperature = double.NaN, TopK = 0, TopP = 1.5 }.Faults();
        Assert.Equal(4, faults.Count);
        Assert.Contains("temperature is NaN; allowed is a finite number above 0, or none for greedy decoding", faults);
        Assert.Equal(2, new GenerationOptions { TopK = 3, TopP = 0.9 }.Faults().Count);
    }
}

using LoraCluster.Randomness;

namespace LoraCluster.Tests.Unit.Randomness;

public sealed class PortableMathTests
{
    [Fact]
    public void Log_agrees_with_the_platform_to_a_few_units_in_the_last_place()
    {
        for (double x = 1.0 / (1L << 32); x <= 1; x *= 1.0137)
            Assert.Equal(Math.Log(x), PortableMath.Log(x), Math.Abs(Math.Log(x)) * 1e-15 + 1e-16);
        Assert.Equal(0, PortableMath.Log(1));
    }

    [Fact]
    public void Sine_and_cosine_agree_with_the_platform_on_the_whole_turn()
    {
        for (int i = 0; i < 100_000; i++)
        {
            double t = i / 100_000.0;
            var (sin, cos) = PortableMath.SinCosTurns(t);
            Assert.Equal(Math.Sin(2 * Math.PI * t), sin, 1e-15);
            Assert.Equal(Math.Cos(2 * Math.PI * t), cos, 1e-15);
        }
        Assert.Equal((0.0, 1.0), PortableMath.SinCosTurns(0));
        Assert.Equal((1.0, 0.0), (PortableMath.SinCosTurns(0.25).Sin, Math.Abs(PortableMath.SinCosTurns(0.25).Cos)));
    }
}

namespace LoraCluster.Randomness;

/// <summary>
/// Logarithm, sine and cosine from additions, multiplications and divisions only. Those are rounded alike everywhere, whereas the
/// platform's own functions differ in the last place, and with them the first weights of a head.
/// </summary>
internal static class PortableMath
{
    /// <summary>The natural logarithm of a positive, normal number, to about one unit in the last place.</summary>
    public static double Log(double x)
    {
        long bits = BitConverter.DoubleToInt64Bits(x);
        int exponent = (int)(bits >> 52) - 1023;
        double m = BitConverter.Int64BitsToDouble((bits & 0xFFFFFFFFFFFFF) | 0x3FF0000000000000);
        if (m > 1.4142135623730951)
        {
            m *= 0.5;
            exponent++;
        }
        // log m = 2 atanh s with s = (m - 1) / (m + 1), |s| < 0.172: the series ends below 2^-56.
        double s = (m - 1) / (m + 1), q = s * s, sum = 0;
        for (int k = 21; k >= 3; k -= 2) sum = (sum + 1.0 / k) * q;
        return exponent * 0.6931471805599453 + 2 * s * (1 + sum);
    }

    /// <summary>Sine and cosine of 2 pi t for t in [0, 1), by Taylor's series on an eighth of a turn.</summary>
    public static (double Sin, double Cos) SinCosTurns(double t)
    {
        int quarter = (int)(t * 4 + 0.5);
        double x = (t - quarter * 0.25) * 6.283185307179586, q = x * x, sin = 1, cos = 1;
        for (int k = 18; k >= 2; k -= 2)
        {
            sin = 1 - sin * q / (k * (k + 1));
            cos = 1 - cos * q / (k * (k - 1));
        }
        sin *= x;
        return (quarter & 3) switch
        {
            0 => (sin, cos),
            1 => (cos, -sin),
            2 => (-sin, -cos),
            _ => (-cos, sin),
        };
    }
}

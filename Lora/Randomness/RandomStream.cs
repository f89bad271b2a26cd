using System.Runtime.InteropServices;

namespace LoraCluster.Randomness;

/// <summary>
/// Random numbers that follow from (seed, purpose, step, micro-batch, site) and a position alone. A stream has no state: asked twice, it
/// gives the same numbers, on any thread and any machine. Different streams are independent.
/// </summary>
/// <remarks>
/// Layout of <see cref="Philox4x32"/>, fixed: the 64-bit key is a bijective mix of the seed, shifted by a multiple of the purpose; the
/// counter is (block, step, micro-batch, site), a whole 32-bit word each, so no two streams of one seed and purpose share a block for
/// steps, micro-batches and sites from 0 to 2^31 - 1. A stream holds 2^32 blocks of four 32-bit words (16 G words, 32 G draws of 16
/// bits). Two (seed, purpose) pairs share a key only if their seeds differ by a multiple of 0x9E3779B97F4A7C15 below 10 times that
/// (modulo 2^64).
/// </remarks>
public readonly record struct RandomStream
{
    /// <summary>A stream.</summary>
    /// <param name="seed">The run's seed; any value.</param>
    /// <param name="purpose">What the numbers are for.</param>
    /// <param name="step">Optimizer step, epoch, or 0; not negative.</param>
    /// <param name="microBatch">Micro-batch in the step, or 0; not negative.</param>
    /// <param name="site">Which of several places that draw numbers (a layer's dropout, a tensor), or 0; not negative.</param>
    /// <exception cref="ArgumentOutOfRangeException">A coordinate is negative.</exception>
    public RandomStream(ulong seed, RandomPurpose purpose, int step = 0, int microBatch = 0, int site = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfNegative(microBatch);
        ArgumentOutOfRangeException.ThrowIfNegative(site);
        Key = Mix(seed + (ulong)purpose * 0x9E3779B97F4A7C15);
        (Step, MicroBatch, Site) = ((uint)step, (uint)microBatch, (uint)site);
    }

    internal ulong Key { get; }

    internal uint Step { get; }

    internal uint MicroBatch { get; }

    internal uint Site { get; }

    /// <summary>The first words of the stream, uniform over all 32-bit values.</summary>
    /// <param name="destination">Filled with words 0, 1, 2, … of the stream.</param>
    public void FillUInt32(Span<uint> destination) => Philox4x32.Fill(Key, 0, Step, MicroBatch, Site, destination);

    /// <summary>Uniform numbers in [0, 1), multiples of 2^-24: number i from word i.</summary>
    /// <param name="destination">Filled with numbers 0, 1, 2, … of the stream.</param>
    public void FillUniform(Span<float> destination)
    {
        Span<uint> words = MemoryMarshal.Cast<float, uint>(destination);
        FillUInt32(words);
        for (int i = 0; i < words.Length; i++) destination[i] = (words[i] >> 8) * (1f / (1 << 24));
    }

    /// <summary>
    /// Uniform numbers in [low, high), computed in double and rounded (which may reach <paramref name="high"/>): number i from word i.
    /// </summary>
    /// <param name="destination">Filled with numbers 0, 1, 2, … of the stream.</param>
    /// <param name="low">Lower bound.</param>
    /// <param name="high">Upper bound.</param>
    public void FillUniform(Span<float> destination, double low, double high)
    {
        Span<uint> words = MemoryMarshal.Cast<float, uint>(destination);
        FillUInt32(words);
        for (int i = 0; i < words.Length; i++) destination[i] = (float)(low + (high - low) * (words[i] * (1.0 / (1L << 32))));
    }

    /// <summary>Uniform numbers in [0, 1), multiples of 2^-53: number i from words 2i (high bits) and 2i + 1 (low bits).</summary>
    /// <param name="destination">Filled with numbers 0, 1, 2, … of the stream.</param>
    public void FillUniform(Span<double> destination)
    {
        Span<uint> words = MemoryMarshal.Cast<double, uint>(destination);
        FillUInt32(words);
        for (int i = 0; i < destination.Length; i++)
            destination[i] = ((((ulong)words[2 * i] << 32) | words[2 * i + 1]) >> 11) * (1.0 / (1L << 53));
    }

    /// <summary>
    /// Normal numbers by Box and Muller's transform (1958) in double, rounded to float: numbers 2i and 2i + 1 from words 2i and 2i + 1.
    /// Only correctly rounded operations are used, so the bits are the same on every platform. No number lies beyond 6.7 deviations.
    /// </summary>
    /// <param name="destination">Filled with numbers 0, 1, 2, … of the stream.</param>
    /// <param name="mean">The mean.</param>
    /// <param name="standardDeviation">The standard deviation, not negative.</param>
    public void FillNormal(Span<float> destination, double mean = 0, double standardDeviation = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(standardDeviation);
        Span<uint> words = MemoryMarshal.Cast<float, uint>(destination);
        FillUInt32(words);
        int even = destination.Length & ~1;
        for (int i = 0; i < even; i += 2)
            (destination[i], destination[i + 1]) = NormalPair(words[i], words[i + 1], mean, standardDeviation);
        if (even == destination.Length) return;
        Span<uint> last = stackalloc uint[4];
        var (x0, x1, x2, x3) = Philox4x32.Block(Key, (uint)(even / 4), Step, MicroBatch, Site);
        (last[0], last[1], last[2], last[3]) = (x0, x1, x2, x3);
        destination[even] = NormalPair(last[even % 4], last[even % 4 + 1], mean, standardDeviation).First;
    }

    /// <summary>A uniformly random permutation of 0 … n - 1: Fisher and Yates' shuffle with unbiased bounded draws.</summary>
    /// <param name="n">How many; not negative.</param>
    /// <returns>The permutation.</returns>
    public int[] Permutation(int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        var order = new int[n];
        for (int i = 0; i < n; i++) order[i] = i;
        Shuffle<int>(order);
        return order;
    }

    /// <summary>Shuffles in place: Fisher and Yates from the last element down, with unbiased bounded draws.</summary>
    /// <typeparam name="T">Any type.</typeparam>
    /// <param name="items">What is shuffled.</param>
    public void Shuffle<T>(Span<T> items)
    {
        var words = new PhiloxCursor(this);
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = (int)words.NextBelow((uint)i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private static (float First, float Second) NormalPair(uint w0, uint w1, double mean, double deviation)
    {
        double radius = Math.Sqrt(-2 * PortableMath.Log((w0 + 1.0) * (1.0 / (1L << 32))));
        var (sin, cos) = PortableMath.SinCosTurns(w1 * (1.0 / (1L << 32)));
        return ((float)(mean + deviation * (radius * cos)), (float)(mean + deviation * (radius * sin)));
    }

    /// <summary>The finalizer of Stafford's variant 13 (as in SplitMix64): a bijection of 64-bit values.</summary>
    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}

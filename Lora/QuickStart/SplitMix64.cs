namespace LoraCluster.QuickStart;

/// <summary>
/// The generator SplitMix64 (Steele, Lea, Flood 2014): integers only, so that a seed means the same text on every machine.
/// </summary>
internal sealed class SplitMix64(ulong seed)
{
    private ulong state = seed;

    public ulong NextUInt64()
    {
        state += 0x9E3779B97F4A7C15;
        ulong z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>An integer of [0, bound).</summary>
    public int NextInt32(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        return (int)Math.BigMul(NextUInt64(), (ulong)bound, out _);
    }

    public bool Chance(int percent) => NextInt32(100) < percent;

    public T Pick<T>(IReadOnlyList<T> items) => items[NextInt32(items.Count)];

    /// <summary>An item, the earlier in the list the likelier: the i-th of n with a chance near ln(n / i) / n.</summary>
    public T PickEarly<T>(IReadOnlyList<T> items) => items[NextInt32(1 + NextInt32(items.Count))];

    /// <summary>The index of an item, drawn in proportion to its weight; <paramref name="cumulative"/> holds the running sums.</summary>
    public int PickWeighted(int[] cumulative)
    {
        int index = Array.BinarySearch(cumulative, NextInt32(cumulative[^1]) + 1);
        return index < 0 ? ~index : index;
    }

    /// <summary>Fisher-Yates.</summary>
    public void Shuffle<T>(IList<T> items)
    {
        for (int i = items.Count - 1; i > 0; i--)
        {
            int j = NextInt32(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}

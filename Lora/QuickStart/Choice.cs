namespace LoraCluster.QuickStart;

/// <summary>Items that are drawn in proportion to their weights, each at least 1.</summary>
internal sealed class Choice<T>
{
    private readonly T[] items;
    private readonly int[] cumulative;

    public Choice(IReadOnlyList<(T Item, int Weight)> weighted)
    {
        items = [.. weighted.Select(w => w.Item)];
        cumulative = new int[items.Length];
        int sum = 0;
        for (int i = 0; i < items.Length; i++)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(weighted[i].Weight, 1, nameof(weighted));
            cumulative[i] = sum = checked(sum + weighted[i].Weight);
        }
    }

    public IReadOnlyList<T> Items => items;

    public T Pick(SplitMix64 random) => items[random.PickWeighted(cumulative)];
}

namespace LoraCluster.Tokenizers;

/// <summary>A set of Unicode code points as sorted, disjoint ranges.</summary>
internal sealed class CodePointRanges
{
    private readonly int[] first;
    private readonly int[] last;

    public CodePointRanges(IEnumerable<(int First, int Last)> ranges)
    {
        (int First, int Last)[] sorted = [.. ranges.OrderBy(range => range.First)];
        first = [.. sorted.Select(range => range.First)];
        last = [.. sorted.Select(range => range.Last)];
    }

    public bool Contains(int codePoint)
    {
        int index = Array.BinarySearch(first, codePoint);
        if (index < 0) index = ~index - 1;
        return index >= 0 && codePoint <= last[index];
    }
}

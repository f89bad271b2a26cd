using CsCheck;
using LoraCluster.Tokenizers;

namespace LoraCluster.Tests.Unit.Tokenizers;

public sealed class SymbolMergerTests
{
    /// <summary>Few symbols and few priorities, so that equal ones and chains of merges are common.</summary>
    [Fact]
    public void The_heap_does_what_searching_all_pairs_each_time_does()
    {
        Gen<(int, int, int, int)> merge = Gen.Select(Gen.Int[0, 5], Gen.Int[0, 5], Gen.Int[0, 8], Gen.Int[0, 3]);
        Gen.Select(Gen.Int[0, 3].List[0, 40], merge.Array[0, 12]).Sample((symbols, merges) =>
        {
            var table = new Dictionary<(int, int), (int Merged, int Priority)>();
            foreach ((int left, int right, int merged, int priority) in merges) table[(left, right)] = (merged, priority);
            List<int> expected = Naive([.. symbols], table);
            SymbolMerger.Merge(symbols, new Rule(table));
            Assert.Equal(expected, symbols);
        });
    }

    [Fact]
    public void A_long_run_takes_time_in_proportion()
    {
        var pairs = new Dictionary<(int, int), (int Merged, int Priority)> { [(0, 0)] = (1, 0), [(1, 1)] = (2, 1) };
        List<int> symbols = [.. Enumerable.Repeat(0, 400_001)];
        SymbolMerger.Merge(symbols, new Rule(pairs));
        Assert.Equal(100_001, symbols.Count);
        Assert.Equal([2, 2, 0], symbols[^3..]);
    }

    private static List<int> Naive(List<int> symbols, Dictionary<(int, int), (int Merged, int Priority)> table)
    {
        while (true)
        {
            int best = -1;
            for (int i = 0; i + 1 < symbols.Count; i++)
            {
                if (table.TryGetValue((symbols[i], symbols[i + 1]), out (int Merged, int Priority) found)
                    && (best < 0 || found.Priority < table[(symbols[best], symbols[best + 1])].Priority)) best = i;
            }
            if (best < 0) return symbols;
            symbols[best] = table[(symbols[best], symbols[best + 1])].Merged;
            symbols.RemoveAt(best + 1);
        }
    }

    private sealed class Rule(Dictionary<(int, int), (int Merged, int Priority)> table) : IMergeRule<int>
    {
        public bool TryMerge(in int left, in int right, out int merged, out double priority)
        {
            bool found = table.TryGetValue((left, right), out (int Merged, int Priority) merge);
            (merged, priority) = merge;
            return found;
        }
    }
}

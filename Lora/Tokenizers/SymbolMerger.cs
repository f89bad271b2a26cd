namespace LoraCluster.Tokenizers;

/// <summary>Says which neighbours may be merged, in which order, and what comes of it.</summary>
internal interface IMergeRule<TSymbol>
{
    /// <summary>Whether two neighbours may be merged; of all such pairs that with the least priority goes first.</summary>
    bool TryMerge(in TSymbol left, in TSymbol right, out TSymbol merged, out double priority);
}

/// <summary>
/// Byte-pair encoding (Sennrich et al. 2016, https://arxiv.org/abs/1508.07909): merges neighbours, the pair of least priority first and
/// of equal ones the leftmost, until no pair is left. A heap of pairs keeps it at n log n for a text without word ends.
/// </summary>
internal static class SymbolMerger
{
    public static void Merge<TSymbol, TRule>(List<TSymbol> symbols, TRule rule)
        where TRule : IMergeRule<TSymbol>
    {
        if (symbols.Count < 2) return;
        var work = new Work<TSymbol, TRule>(symbols, rule);
        work.Run();
        work.CopyTo(symbols);
    }

    private sealed class Work<TSymbol, TRule>
        where TRule : IMergeRule<TSymbol>
    {
        private const int None = -1;
        private readonly TSymbol[] symbols;
        private readonly int[] next, previous;

        // Counts the changes of a symbol, so that a pair offered before a change is known to be out of date.
        private readonly int[] version;
        private readonly PriorityQueue<Pair, (double Priority, int Left)> pairs = new();
        private readonly TRule rule;

        public Work(List<TSymbol> symbols, TRule rule)
        {
            this.rule = rule;
            this.symbols = [.. symbols];
            int count = symbols.Count;
            (next, previous, version) = (new int[count], new int[count], new int[count]);
            for (int i = 0; i < count; i++) (next[i], previous[i]) = (i + 1 < count ? i + 1 : None, i - 1);
            for (int i = 0; i + 1 < count; i++) Offer(i, i + 1);
        }

        public void Run()
        {
            while (pairs.TryDequeue(out Pair pair, out _))
            {
                if (version[pair.Left] != pair.LeftVersion || version[pair.Right] != pair.RightVersion) continue;
                symbols[pair.Left] = pair.Merged;
                version[pair.Left]++;
                version[pair.Right]++;
                int after = next[pair.Left] = next[pair.Right];
                if (after != None) previous[after] = pair.Left;
                Offer(previous[pair.Left], pair.Left);
                Offer(pair.Left, after);
            }
        }

        public void CopyTo(List<TSymbol> result)
        {
            result.Clear();
            for (int i = 0; i != None; i = next[i]) result.Add(symbols[i]);
        }

        private void Offer(int left, int right)
        {
            if (left == None || right == None) return;
            if (!rule.TryMerge(symbols[left], symbols[right], out TSymbol merged, out double priority)) return;
            pairs.Enqueue(new Pair(left, right, version[left], version[right], merged), (priority, left));
        }

        private readonly record struct Pair(int Left, int Right, int LeftVersion, int RightVersion, TSymbol Merged);
    }
}

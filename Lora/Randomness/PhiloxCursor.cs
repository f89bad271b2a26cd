namespace LoraCluster.Randomness;

/// <summary>The words of a stream one after the other, for draws whose number is not known beforehand (rejection).</summary>
internal ref struct PhiloxCursor(RandomStream stream)
{
    private readonly uint[] words = new uint[Philox4x32.WordsPerGroup];
    private int next = Philox4x32.WordsPerGroup;
    private uint block;

    /// <summary>The next word.</summary>
    public uint Next()
    {
        if (next == words.Length)
        {
            Philox4x32.Fill(stream.Key, block, stream.Step, stream.MicroBatch, stream.Site, words);
            block += Philox4x32.BlocksPerGroup;
            next = 0;
        }
        return words[next++];
    }

    /// <summary>
    /// A number below <paramref name="bound"/> (not 0), each equally likely: Lemire, "Fast random integer generation in an interval"
    /// (2019).
    /// </summary>
    public uint NextBelow(uint bound)
    {
        ulong product = (ulong)Next() * bound;
        if ((uint)product < bound)
        {
            uint threshold = (0 - bound) % bound;
            while ((uint)product < threshold) product = (ulong)Next() * bound;
        }
        return (uint)(product >> 32);
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LoraCluster.Randomness;

/// <summary>
/// The counter-based generator Philox4x32-10 of Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3" (SC 2011): a bijection of
/// 128-bit counters under a 64-bit key. Any block can be computed alone, so numbers depend on a position and never on who computes
/// them, in which order or on how many threads. The 512-bit, 256-bit and scalar paths give the same bits.
/// </summary>
public static class Philox4x32
{
    /// <summary>Blocks that the vector paths compute at once.</summary>
    internal const int BlocksPerGroup = 16;

    /// <summary>Words in a group: 16 blocks of four.</summary>
    internal const int WordsPerGroup = 4 * BlocksPerGroup;

    private const int Rounds = 10;
    private const uint M0 = 0xD2511F53, M1 = 0xCD9E8D57, W0 = 0x9E3779B9, W1 = 0xBB67AE85;

    /// <summary>One block: four 32-bit words for a counter under a key.</summary>
    /// <param name="key">The key; its low 32 bits are the reference's first key word.</param>
    /// <param name="c0">First word of the counter.</param>
    /// <param name="c1">Second word of the counter.</param>
    /// <param name="c2">Third word of the counter.</param>
    /// <param name="c3">Fourth word of the counter.</param>
    /// <returns>The four words of the block, in the reference's order.</returns>
    public static (uint X0, uint X1, uint X2, uint X3) Block(ulong key, uint c0, uint c1, uint c2, uint c3)
    {
        uint k0 = (uint)key, k1 = (uint)(key >> 32);
        for (int round = 0; round < Rounds; round++)
        {
            ulong p0 = (ulong)M0 * c0, p1 = (ulong)M1 * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += W0;
            k1 += W1;
        }
        return (c0, c1, c2, c3);
    }

    /// <summary>
    /// The words of consecutive blocks, block after block: block <paramref name="c0"/>, <paramref name="c0"/> + 1, and so on, modulo 2^32.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="c0">First word of the first block's counter.</param>
    /// <param name="c1">Second word of every block's counter.</param>
    /// <param name="c2">Third word of every block's counter.</param>
    /// <param name="c3">Fourth word of every block's counter.</param>
    /// <param name="destination">Where the words go, four a block; a last block may be cut short.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Fill(ulong key, uint c0, uint c1, uint c2, uint c3, Span<uint> destination)
    {
        Span<uint> group = stackalloc uint[WordsPerGroup];
        while (destination.Length >= WordsPerGroup)
        {
            Group(key, c0, c1, c2, c3, group);
            for (int block = 0; block < BlocksPerGroup; block++)
                for (int word = 0; word < 4; word++)
                    destination[4 * block + word] = group[BlocksPerGroup * word + block];
            destination = destination[WordsPerGroup..];
            c0 += BlocksPerGroup;
        }
        Span<uint> one = stackalloc uint[4];
        while (!destination.IsEmpty)
        {
            (one[0], one[1], one[2], one[3]) = Block(key, c0++, c1, c2, c3);
            int count = Math.Min(4, destination.Length);
            one[..count].CopyTo(destination);
            destination = destination[count..];
        }
    }

    /// <summary>
    /// Sixteen consecutive blocks, word after word: <c>group[16 w + b]</c> is word w of block <paramref name="c0"/> + b. That is the order
    /// in which vector registers hold them.
    /// </summary>
    internal static void Group(ulong key, uint c0, uint c1, uint c2, uint c3, Span<uint> group)
    {
        if (Avx512F.IsSupported) Group512(key, c0, c1, c2, c3, group);
        else if (Avx2.IsSupported) Group256(key, c0, c1, c2, c3, group);
        else GroupScalar(key, c0, c1, c2, c3, group);
    }

    internal static void GroupScalar(ulong key, uint c0, uint c1, uint c2, uint c3, Span<uint> group)
    {
        for (int block = 0; block < BlocksPerGroup; block++)
            (group[block], group[16 + block], group[32 + block], group[48 + block]) = Block(key, c0 + (uint)block, c1, c2, c3);
    }

    internal static void Group512(ulong key, uint c0, uint c1, uint c2, uint c3, Span<uint> group)
    {
        Group512(key, c0, c1, c2, c3, out var x0, out var x1, out var x2, out var x3);
        ref uint first = ref MemoryMarshal.GetReference(group[..WordsPerGroup]);
        x0.StoreUnsafe(ref first);
        x1.StoreUnsafe(ref first, 16);
        x2.StoreUnsafe(ref first, 32);
        x3.StoreUnsafe(ref first, 48);
    }

    internal static void Group256(ulong key, uint c0, uint c1, uint c2, uint c3, Span<uint> group)
    {
        ref uint first = ref MemoryMarshal.GetReference(group[..WordsPerGroup]);
        for (uint half = 0; half < 2; half++)
        {
            Half256(key, c0 + 8 * half, c1, c2, c3, out var x0, out var x1, out var x2, out var x3);
            x0.StoreUnsafe(ref first, 8 * half);
            x1.StoreUnsafe(ref first, 16 + 8 * half);
            x2.StoreUnsafe(ref first, 32 + 8 * half);
            x3.StoreUnsafe(ref first, 48 + 8 * half);
        }
    }

    // The vector paths keep each 32-bit word in the low half of a 64-bit lane, even blocks in one register and odd ones in another:
    // the widening multiply reads low halves only, so its low result needs no mask, and nothing is shuffled between rounds.

    /// <summary>Sixteen blocks in registers: lane b of <paramref name="x0"/> is word 0 of block <paramref name="c0"/> + b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Group512(
        ulong key, uint c0, uint c1, uint c2, uint c3,
        out Vector512<uint> x0, out Vector512<uint> x1, out Vector512<uint> x2, out Vector512<uint> x3)
    {
        Vector512<uint> blocks = Vector512.Create(c0) + Vector512<uint>.Indices;
        Vector512<ulong> e0 = blocks.AsUInt64(), o0 = blocks.AsUInt64() >>> 32;
        Vector512<ulong> e1 = Vector512.Create((ulong)c1), e2 = Vector512.Create((ulong)c2), e3 = Vector512.Create((ulong)c3);
        Vector512<ulong> o1 = e1, o2 = e2, o3 = e3;
        Vector512<uint> m0 = Vector512.Create(M0), m1 = Vector512.Create(M1);
        uint k0 = (uint)key, k1 = (uint)(key >> 32);
        for (int round = 0; round < Rounds; round++)
        {
            Vector512<ulong> a = Vector512.Create((ulong)k0), b = Vector512.Create((ulong)k1);
            Vector512<ulong> p0 = Avx512F.Multiply(e0.AsUInt32(), m0), p1 = Avx512F.Multiply(e2.AsUInt32(), m1);
            Vector512<ulong> q0 = Avx512F.Multiply(o0.AsUInt32(), m0), q1 = Avx512F.Multiply(o2.AsUInt32(), m1);
            e0 = (p1 >>> 32) ^ e1 ^ a;
            o0 = (q1 >>> 32) ^ o1 ^ a;
            e2 = (p0 >>> 32) ^ e3 ^ b;
            o2 = (q0 >>> 32) ^ o3 ^ b;
            (e1, e3, o1, o3) = (p1, p0, q1, q0);
            k0 += W0;
            k1 += W1;
        }
        Vector512<ulong> low = Vector512.Create(0xFFFFFFFFul);
        x0 = ((e0 & low) | (o0 << 32)).AsUInt32();
        x1 = ((e1 & low) | (o1 << 32)).AsUInt32();
        x2 = ((e2 & low) | (o2 << 32)).AsUInt32();
        x3 = ((e3 & low) | (o3 << 32)).AsUInt32();
    }

    /// <summary>Eight blocks in registers: lane b of <paramref name="x0"/> is word 0 of block <paramref name="c0"/> + b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Half256(
        ulong key, uint c0, uint c1, uint c2, uint c3,
        out Vector256<uint> x0, out Vector256<uint> x1, out Vector256<uint> x2, out Vector256<uint> x3)
    {
        Vector256<uint> blocks = Vector256.Create(c0) + Vector256<uint>.Indices;
        Vector256<ulong> e0 = blocks.AsUInt64(), o0 = blocks.AsUInt64() >>> 32;
        Vector256<ulong> e1 = Vector256.Create((ulong)c1), e2 = Vector256.Create((ulong)c2), e3 = Vector256.Create((ulong)c3);
        Vector256<ulong> o1 = e1, o2 = e2, o3 = e3;
        Vector256<uint> m0 = Vector256.Create(M0), m1 = Vector256.Create(M1);
        uint k0 = (uint)key, k1 = (uint)(key >> 32);
        for (int round = 0; round < Rounds; round++)
        {
            Vector256<ulong> a = Vector256.Create((ulong)k0), b = Vector256.Create((ulong)k1);
            Vector256<ulong> p0 = Avx2.Multiply(e0.AsUInt32(), m0), p1 = Avx2.Multiply(e2.AsUInt32(), m1);
            Vector256<ulong> q0 = Avx2.Multiply(o0.AsUInt32(), m0), q1 = Avx2.Multiply(o2.AsUInt32(), m1);
            e0 = (p1 >>> 32) ^ e1 ^ a;
            o0 = (q1 >>> 32) ^ o1 ^ a;
            e2 = (p0 >>> 32) ^ e3 ^ b;
            o2 = (q0 >>> 32) ^ o3 ^ b;
            (e1, e3, o1, o3) = (p1, p0, q1, q0);
            k0 += W0;
            k1 += W1;
        }
        Vector256<ulong> low = Vector256.Create(0xFFFFFFFFul);
        x0 = ((e0 & low) | (o0 << 32)).AsUInt32();
        x1 = ((e1 & low) | (o1 << 32)).AsUInt32();
        x2 = ((e2 & low) | (o2 << 32)).AsUInt32();
        x3 = ((e3 & low) | (o3 << 32)).AsUInt32();
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using LoraCluster.Randomness;

namespace LoraCluster.Kernels;

/// <summary>
/// Dropout of raw memory, fused with the scaling. Positions are cut into chunks of 128, each served by the eight 16-bit draws of 16 Philox
/// blocks: position p takes its draw from block 16 (p / 128) + p mod 16, the low half of word (p mod 128) / 32 where (p mod 32) is below
/// 16, else the high half. So a vector register of 16 lanes needs no shuffle. Every path gives the same bits, and any chunk can be done
/// alone.
/// </summary>
/// <remarks>The loops skip the tiers of the just-in-time compiler: a step calls them too seldom to be promoted soon.</remarks>
internal readonly unsafe struct DropoutKernel(RandomStream stream, uint threshold, float scale)
{
    /// <summary>Where the draws come from.</summary>
    public RandomStream Stream => stream;

    /// <summary>Draws below it drop.</summary>
    public uint Threshold => threshold;

    /// <summary>What is kept is multiplied by this.</summary>
    public float Scale => scale;

    /// <summary>Positions served by one group of Philox blocks.</summary>
    public const int Chunk = 8 * Philox4x32.BlocksPerGroup;

    /// <summary>y = x * scale where the draw is at least the threshold, else 0; for chunks [first, last) of count elements.</summary>
    public void Apply(float* x, float* y, long count, long first, long last)
    {
        if (Avx512F.IsSupported) Apply512(x, y, count, first, last);
        else if (Avx2.IsSupported) Apply256(x, y, count, first, last);
        else ApplyScalar(x, y, count, first, last);
    }

    /// <summary>The same for bfloat16 (its bits): the product in float32, rounded to the nearest, ties to even.</summary>
    public void Apply(ushort* x, ushort* y, long count, long first, long last)
    {
        if (Avx512F.IsSupported) Apply512(x, y, count, first, last);
        else ApplyScalar(x, y, count, first, last);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void ApplyScalar(float* x, float* y, long count, long first, long last)
    {
        uint* draws = stackalloc uint[Chunk];
        for (long chunk = first; chunk < last; chunk++)
        {
            Draws(chunk, draws);
            long start = chunk * Chunk, end = Math.Min(start + Chunk, count);
            for (long p = start; p < end; p++) y[p] = draws[p - start] >= threshold ? x[p] * scale : 0f;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void ApplyScalar(ushort* x, ushort* y, long count, long first, long last)
    {
        uint* draws = stackalloc uint[Chunk];
        for (long chunk = first; chunk < last; chunk++)
        {
            Draws(chunk, draws);
            long start = chunk * Chunk, end = Math.Min(start + Chunk, count);
            for (long p = start; p < end; p++)
                y[p] = draws[p - start] >= threshold ? Round(BitConverter.UInt32BitsToSingle((uint)x[p] << 16) * scale) : (ushort)0;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Apply256(float* x, float* y, long count, long first, long last)
    {
        long whole = Math.Min(last, count / Chunk);
        Vector256<int> limit = Vector256.Create((int)threshold - 1);
        Vector256<float> factor = Vector256.Create(scale);
        for (long chunk = first; chunk < whole; chunk++)
        {
            for (uint half = 0; half < 2; half++)
            {
                Philox4x32.Half256(
                    stream.Key, Block(chunk) + 8 * half, stream.Step, stream.MicroBatch, stream.Site,
                    out var w0, out var w1, out var w2, out var w3);
                float* from = x + chunk * Chunk + 8 * half, to = y + chunk * Chunk + 8 * half;
                Keep256(w0, limit, factor, from, to);
                Keep256(w1, limit, factor, from + 32, to + 32);
                Keep256(w2, limit, factor, from + 64, to + 64);
                Keep256(w3, limit, factor, from + 96, to + 96);
            }
        }
        if (whole < last) ApplyScalar(x, y, count, Math.Max(first, whole), last);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Apply512(float* x, float* y, long count, long first, long last)
    {
        long whole = Math.Min(last, count / Chunk);
        Vector512<int> limit = Vector512.Create((int)threshold - 1);
        Vector512<float> factor = Vector512.Create(scale);
        for (long chunk = first; chunk < whole; chunk++)
        {
            Philox4x32.Group512(
                stream.Key, Block(chunk), stream.Step, stream.MicroBatch, stream.Site, out var w0, out var w1, out var w2, out var w3);
            float* from = x + chunk * Chunk, to = y + chunk * Chunk;
            Keep512(w0, limit, factor, from, to);
            Keep512(w1, limit, factor, from + 32, to + 32);
            Keep512(w2, limit, factor, from + 64, to + 64);
            Keep512(w3, limit, factor, from + 96, to + 96);
        }
        if (whole < last) ApplyScalar(x, y, count, Math.Max(first, whole), last);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Apply512(ushort* x, ushort* y, long count, long first, long last)
    {
        long whole = Math.Min(last, count / Chunk);
        Vector512<int> limit = Vector512.Create((int)threshold - 1);
        Vector512<float> factor = Vector512.Create(scale);
        for (long chunk = first; chunk < whole; chunk++)
        {
            Philox4x32.Group512(
                stream.Key, Block(chunk), stream.Step, stream.MicroBatch, stream.Site, out var w0, out var w1, out var w2, out var w3);
            ushort* from = x + chunk * Chunk, to = y + chunk * Chunk;
            Keep512(w0, limit, factor, from, to);
            Keep512(w1, limit, factor, from + 32, to + 32);
            Keep512(w2, limit, factor, from + 64, to + 64);
            Keep512(w3, limit, factor, from + 96, to + 96);
        }
        if (whole < last) ApplyScalar(x, y, count, Math.Max(first, whole), last);
    }

    private static uint Block(long chunk) => unchecked((uint)(chunk * Philox4x32.BlocksPerGroup));

    /// <summary>The 128 draws of a chunk, by position.</summary>
    private void Draws(long chunk, uint* draws)
    {
        Span<uint> group = stackalloc uint[Philox4x32.WordsPerGroup];
        Philox4x32.Group(stream.Key, Block(chunk), stream.Step, stream.MicroBatch, stream.Site, group);
        for (int word = 0; word < 4; word++)
        {
            for (int lane = 0; lane < 16; lane++)
            {
                draws[32 * word + lane] = group[16 * word + lane] & 0xFFFF;
                draws[32 * word + 16 + lane] = group[16 * word + lane] >> 16;
            }
        }
    }

    // Draws fit in 16 bits, so the signed comparison, which every instruction set has, is exact; "at least t" is "greater than t - 1".

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Keep256(Vector256<uint> words, Vector256<int> limit, Vector256<float> factor, float* from, float* to)
    {
        Vector256<float> low = Vector256.GreaterThan((words & Vector256.Create(0xFFFFu)).AsInt32(), limit).AsSingle();
        Vector256<float> high = Vector256.GreaterThan((words >>> 16).AsInt32(), limit).AsSingle();
        ((Vector256.Load(from) * factor) & low).Store(to);
        ((Vector256.Load(from + 16) * factor) & high).Store(to + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Keep512(Vector512<uint> words, Vector512<int> limit, Vector512<float> factor, float* from, float* to)
    {
        Vector512<int> low = Vector512.GreaterThan((words & Vector512.Create(0xFFFFu)).AsInt32(), limit);
        Vector512<int> high = Vector512.GreaterThan((words >>> 16).AsInt32(), limit);
        Vector512.ConditionalSelect(low.AsSingle(), Vector512.Load(from) * factor, Vector512<float>.Zero).Store(to);
        Vector512.ConditionalSelect(high.AsSingle(), Vector512.Load(from + 16) * factor, Vector512<float>.Zero).Store(to + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Keep512(Vector512<uint> words, Vector512<int> limit, Vector512<float> factor, ushort* from, ushort* to)
    {
        Vector512<int> low = Vector512.GreaterThan((words & Vector512.Create(0xFFFFu)).AsInt32(), limit);
        Vector512<int> high = Vector512.GreaterThan((words >>> 16).AsInt32(), limit);
        Narrow(Round(Widen(from) * factor) & low.AsUInt32()).Store(to);
        Narrow(Round(Widen(from + 16) * factor) & high.AsUInt32()).Store(to + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Widen(ushort* from) => (Avx512F.ConvertToVector512UInt32(Vector256.Load(from)) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ushort> Narrow(Vector512<uint> values) => Avx512F.ConvertToVector256UInt16(values);

    // The bits of a bfloat16 are the upper half of a float32's. Adding just under half a unit, and the last kept bit, rounds ties to even.
    // A NaN made from a bfloat16 has no low bits, so the addition cannot carry it into another number.

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Round(Vector512<float> value)
    {
        Vector512<uint> bits = value.AsUInt32();
        return (bits + Vector512.Create(0x7FFFu) + ((bits >>> 16) & Vector512<uint>.One)) >>> 16;
    }

    private static ushort Round(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}

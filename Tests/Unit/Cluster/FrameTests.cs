using CsCheck;
using LoraCluster.Grains.Collectives;
using LoraCluster.Training;

namespace LoraCluster.Tests.Unit.Cluster;

public sealed class FrameTests
{
    private static Frame Sample(int values = 1000) => new()
    {
        Run = "run-abcdefgh2345", Membership = 3, Step = 17, Node = new TreeNode(2, 5), LayoutHash = ulong.MaxValue - 1, Chunk = 1,
            Chunks = 4,
        Values = Enumerable.Range(0, values).Select(k => k * 0.5f - 3).ToArray(), Worker = 2, Leaves = 32, LossSum = -1.25, Rows = 1L << 40,
        Correct = 7,
        StateHashes = [UInt128.MaxValue, 1, UInt128.One << 100], Directive = RunDirective.Pause, TracesNext = true,
    };

    [Fact]
    public void Comes_back_as_it_was()
    {
        foreach (Frame frame in new[] { Sample(), Sample(0) with { Node = null, StateHashes = [], Worker = Frame.FromCoordinator,
            Leaves = 0 } })
        {
            Frame read = FrameCodec.Read(FrameCodec.Write(frame));
            Assert.Equal(frame with { Values = read.Values, StateHashes = read.StateHashes }, read);
            Assert.Equal(frame.Values.ToArray(), read.Values.ToArray());
            Assert.Equal(frame.StateHashes, read.StateHashes);
        }
    }

    [Fact]
    public void Special_values_keep_their_bits()
    {
        float[] values = [float.NaN, float.NegativeInfinity, -0f, float.Epsilon, BitConverter.Int32BitsToSingle(0x7F800001)];
        Frame read = FrameCodec.Read(FrameCodec.Write(Sample() with { Values = values }));
        Assert.Equal(values.Select(BitConverter.SingleToInt32Bits), read.Values.ToArray().Select(BitConverter.SingleToInt32Bits));
    }

    [Fact]
    public void Takes_up_to_1_MiB_and_refuses_more()
    {
        Assert.Equal(262_144, FrameCodec.Read(FrameCodec.Write(Sample(262_144))).Values.Length);
        Assert.Throws<FrameException>(() => FrameCodec.Write(Sample(262_145)));
    }

    [Fact]
    public void A_flipped_bit_in_the_values_is_noticed()
    {
        byte[] bytes = FrameCodec.Write(Sample());
        for (int k = 100; k < 4000; k += 7)
        {
            byte[] damaged = [.. bytes];
            damaged[k] ^= 1;
            Assert.Throws<FrameException>(() => FrameCodec.Read(damaged));
        }
    }

    [Fact]
    public void Mutated_and_random_bytes_throw_one_exception_only_and_allocate_little()
    {
        byte[] frame = FrameCodec.Write(Sample(50));
        Gen<byte[]> mutated = Gen.Select(Gen.Int[0, frame.Length - 1].Array[1, 6], Gen.Byte.Array[6], Gen.Int[0, frame.Length])
            .Select((at, with, cut) =>
        {
            byte[] copy = [.. frame];
            for (int k = 0; k < at.Length; k++) copy[at[k]] = with[k];
            return cut % 3 == 0 ? copy[..cut] : copy;
        });
        Gen.OneOf(mutated, Gen.Byte.Array[0, 400]).Sample(bytes =>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            try { FrameCodec.Read(bytes); }
            catch (FrameException) { }
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200_000);
        }, iter: 20_000, threads: 1);
    }

    [Theory]
    [InlineData(new byte[] { 0xDD, 0xFF, 0xFF, 0xFF, 0xFF })]
    [InlineData(new byte[] { 0xDC, 0x00, 0x13, 0x02, 0xDB, 0xFF, 0xFF, 0xFF, 0xFF })]
    [InlineData(new byte[] { 0xDC, 0x00, 0x13, 0xC6, 0x7F, 0xFF, 0xFF, 0xFF })]
    public void A_length_that_is_not_there_is_refused_before_anything_is_allocated(byte[] bytes) =>
        Assert.Throws<FrameException>(() => FrameCodec.Read(bytes));
}

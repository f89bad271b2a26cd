using LoraCluster.Randomness;
using System.Runtime.Intrinsics.X86;

namespace LoraCluster.Tests.Unit.Randomness;

public sealed class Philox4x32Tests
{
    // The known answers of Random123's philox4x32 10 list.
    [Theory]
    [InlineData(0x0000000000000000ul, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(0xfffffffffffffffful, ~0u, ~0u, ~0u, ~0u, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(
        0x299f31d0a4093822ul, 0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void Known_answers(ulong key, uint c0, uint c1, uint c2, uint c3, uint x0, uint x1, uint x2, uint x3) =>
        Assert.Equal((x0, x1, x2, x3), Philox4x32.Block(key, c0, c1, c2, c3));

    [Theory]
    [InlineData(0x299f31d0a4093822ul, 0x243f6a88u)]
    [InlineData(0xfffffffffffffffful, 0u)]
    [InlineData(17ul, uint.MaxValue - 7)]
    public void Vector_paths_give_the_scalar_bits_and_wrap_like_it(ulong key, uint c0)
    {
        uint[] scalar = new uint[64], vector = new uint[64];
        Philox4x32.GroupScalar(key, c0, 5, 6, 7, scalar);
        if (Avx2.IsSupported)
        {
            Philox4x32.Group256(key, c0, 5, 6, 7, vector);
            Assert.Equal(scalar, vector);
        }
        if (Avx512F.IsSupported)
        {
            Array.Clear(vector);
            Philox4x32.Group512(key, c0, 5, 6, 7, vector);
            Assert.Equal(scalar, vector);
        }
        for (int block = 0; block < 16; block++)
        {
            var words = Philox4x32.Block(key, unchecked(c0 + (uint)block), 5, 6, 7);
            Assert.Equal(words, (scalar[block], scalar[16 + block], scalar[32 + block], scalar[48 + block]));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(203)]
    public void Fill_is_block_after_block(int length)
    {
        var words = new uint[length];
        Philox4x32.Fill(99, 1000, 1, 2, 3, words);
        for (int i = 0; i < length; i++)
        {
            var (x0, x1, x2, x3) = Philox4x32.Block(99, 1000 + (uint)(i / 4), 1, 2, 3);
            Assert.Equal(new[] { x0, x1, x2, x3 }[i % 4], words[i]);
        }
    }
}

using System.Buffers.Binary;
using System.Text;

namespace LoraCluster.Tests.Unit.Tokenizers;

/// <summary>Writes a SentencePiece model of type BPE, field by field.</summary>
internal sealed class SmallSentencePiece
{
    private readonly List<byte> file = [];
    private readonly List<byte> normalizer = [];
    private readonly List<byte> trainer = [];
    private float score;

    public SmallSentencePiece()
    {
        Varint(trainer, 3, 2);
        Piece("<unk>", kind: 2);
        Piece("<s>", kind: 3);
        Piece("</s>", kind: 3);
    }

    /// <summary>Adds pieces; each has a lower score than the one before.</summary>
    public SmallSentencePiece Pieces(params string[] texts)
    {
        foreach (string text in texts) Piece(text, kind: 1);
        return this;
    }

    public SmallSentencePiece Piece(string text, int kind)
    {
        var piece = new List<byte>();
        Message(piece, 1, Encoding.UTF8.GetBytes(text));
        piece.Add(2 << 3 | 5);
        byte[] bits = new byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bits, kind == 1 ? score-- : 0);
        piece.AddRange(bits);
        if (kind != 1) Varint(piece, 3, kind);
        Message(file, 1, [.. piece]);
        return this;
    }

    /// <summary>A field of the trainer's block: 3 the model type, 24 blanks as suffixes, 35 byte fallback.</summary>
    public SmallSentencePiece Trainer(int field, int value)
    {
        Varint(trainer, field, value);
        return this;
    }

    /// <summary>A field of the normalizer's block: 3 dummy prefix, 4 remove extra blanks, 5 escape blanks.</summary>
    public SmallSentencePiece Normalizer(int field, int value)
    {
        Varint(normalizer, field, value);
        return this;
    }

    public SmallSentencePiece CharacterMap(byte[] map)
    {
        Message(normalizer, 2, map);
        return this;
    }

    public SmallSentencePiece AllBytes()
    {
        foreach (int value in Enumerable.Range(0, 256)) Piece($"<0x{value:X2}>", kind: 6);
        return Trainer(35, 1);
    }

    public byte[] ToBytes()
    {
        var all = new List<byte>(file);
        Message(all, 2, [.. trainer]);
        Message(all, 3, [.. normalizer]);
        return [.. all];
    }

    private static void Varint(List<byte> to, int field, int value)
    {
        Number(to, field << 3);
        Number(to, value);
    }

    private static void Message(List<byte> to, int field, byte[] content)
    {
        Number(to, field << 3 | 2);
        Number(to, content.Length);
        to.AddRange(content);
    }

    private static void Number(List<byte> to, int value)
    {
        for (; value > 0x7F; value >>= 7) to.Add((byte)(value & 0x7F | 0x80));
        to.Add((byte)value);
    }
}

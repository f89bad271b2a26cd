using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace LoraCluster.Tokenizers;

/// <summary>
/// SentencePiece's table of what characters become (NFKC and the like): the length of a double-array trie, the trie in the units of
/// Darts-clone, and the replacements, each ended by a zero byte. Where several entries begin a text, the longest counts.
/// </summary>
internal sealed class CharacterMap
{
    private const uint LabelMask = 0x8000_00FF, LeafBit = 0x100, WideBit = 0x200, ValueMask = 0x7FFF_FFFF;
    private readonly uint[] units;
    private readonly byte[] replacements;

    private CharacterMap(uint[] units, byte[] replacements)
    {
        this.units = units;
        this.replacements = replacements;
    }

    /// <exception cref="InvalidDataException">The lengths do not fit.</exception>
    public static CharacterMap Parse(ReadOnlySpan<byte> table)
    {
        if (table.Length <= 4) throw new InvalidDataException("its character map is cut off");
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(table);
        if (length == 0 || length % 4 != 0 || length > table.Length - 4)
        {
            throw new InvalidDataException("its character map is cut off");
        }
        uint[] units = MemoryMarshal.Cast<byte, uint>(table.Slice(4, (int)length)).ToArray();
        if (!BitConverter.IsLittleEndian) BinaryPrimitives.ReverseEndianness(units, units);
        return new CharacterMap(units, table[(4 + (int)length)..].ToArray());
    }

    /// <summary>The replacement of the longest entry that the text begins with; false if none does.</summary>
    public bool TryReplace(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> replacement, out int length)
    {
        replacement = default;
        length = 0;
        uint node = Offset(units[0]);
        uint found = uint.MaxValue;
        for (int i = 0; i < text.Length; i++)
        {
            node ^= text[i];
            if (node >= units.Length || (units[node] & LabelMask) != text[i]) break;
            uint unit = units[node];
            node ^= Offset(unit);
            if ((unit & LeafBit) == 0 || node >= units.Length) continue;
            (found, length) = (units[node] & ValueMask, i + 1);
        }
        if (found >= replacements.Length) return false;
        replacement = replacements.AsSpan((int)found);
        int end = replacement.IndexOf((byte)0);
        if (end >= 0) replacement = replacement[..end];
        return true;
    }

    private static uint Offset(uint unit) => unit >> 10 << (int)((unit & WideBit) >> 6);
}

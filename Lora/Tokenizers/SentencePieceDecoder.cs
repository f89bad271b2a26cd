using System.Buffers;
using System.Text;

namespace LoraCluster.Tokenizers;

/// <summary>
/// Pieces back to text: escaped blanks are blanks again, the dummy prefix goes, bytes are put together; bytes that are no UTF-8 become
/// U+FFFD one by one.
/// </summary>
internal sealed class SentencePieceDecoder(SentencePieceModel model, Vocabulary vocabulary) : ITokenDecoder
{
    public string Decode(IReadOnlyList<int> ids)
    {
        var text = new StringBuilder();
        var bytes = new List<byte>();
        bool isPrefixGone = false;
        foreach (int id in ids)
        {
            SentencePiece? piece = id < model.Pieces.Count ? model.Pieces[id] : null;
            if (piece is { Kind: PieceKind.Byte })
            {
                bytes.Add(Convert.FromHexString(piece.Value.Text.AsSpan(3, 2))[0]);
                continue;
            }
            Flush(bytes, text);
            string token = vocabulary[id]!;
            if (piece is not { Kind: PieceKind.Normal or PieceKind.UserDefined or PieceKind.Unused })
            {
                text.Append(token);
                continue;
            }
            bool mayDropBlank = !isPrefixGone && text.Length == 0 && (model.AddDummyPrefix || model.RemoveExtraWhitespaces);
            if (mayDropBlank && token.StartsWith(SentencePieceNormalizer.EscapedSpace, StringComparison.Ordinal))
            {
                token = token[1..];
                // Where no blank can begin a text, none of those that do is kept.
                isPrefixGone = !model.RemoveExtraWhitespaces;
            }
            text.Append(token.Replace(SentencePieceNormalizer.EscapedSpace, " ", StringComparison.Ordinal));
        }
        Flush(bytes, text);
        return text.ToString();
    }

    private static void Flush(List<byte> bytes, StringBuilder text)
    {
        ReadOnlySpan<byte> rest = bytes.ToArray();
        bytes.Clear();
        while (!rest.IsEmpty)
        {
            bool isCharacter = Rune.DecodeFromUtf8(rest, out Rune rune, out int length) == OperationStatus.Done;
            text.Append(isCharacter ? rune.ToString() : "\uFFFD");
            rest = rest[(isCharacter ? length : 1)..];
        }
    }
}

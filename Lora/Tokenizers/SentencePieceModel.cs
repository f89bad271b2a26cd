using System.Globalization;
using System.Text;

namespace LoraCluster.Tokenizers;

/// <summary>What a piece is for, with the numbers of the file.</summary>
internal enum PieceKind
{
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}

/// <summary>A piece; its id is its place.</summary>
internal readonly record struct SentencePiece(string Text, float Score, PieceKind Kind);

/// <summary>
/// A SentencePiece <c>tokenizer.model</c> (Kudo and Richardson 2018, https://arxiv.org/abs/1808.06226): pieces, and how a text is
/// normalized. What the file leaves out has the format's default.
/// </summary>
internal sealed record SentencePieceModel
{
    private const int Unigram = 1, Bpe = 2;
    private static readonly string[] TypeNames = ["unknown", "unigram", "BPE", "word", "char"];

    public required string Path { get; init; }

    public IReadOnlyList<SentencePiece> Pieces { get; init; } = [];

    public bool ByteFallback { get; init; }

    public bool WhitespaceIsSuffix { get; init; }

    public string BosPiece { get; init; } = "<s>";

    public string EosPiece { get; init; } = "</s>";

    public string PadPiece { get; init; } = "<pad>";

    /// <summary><c>add_dummy_prefix</c>: a blank before the text.</summary>
    public bool AddDummyPrefix { get; init; } = true;

    /// <summary><c>remove_extra_whitespaces</c>: none at the ends, one in a row.</summary>
    public bool RemoveExtraWhitespaces { get; init; } = true;

    /// <summary><c>escape_whitespaces</c>: a blank is spelt U+2581.</summary>
    public bool EscapeWhitespaces { get; init; } = true;

    /// <summary><c>precompiled_charsmap</c>; null where characters stay as they are.</summary>
    public CharacterMap? CharacterMap { get; init; }

    /// <exception cref="UserErrorException">The file cannot be read, is no SentencePiece model, or is not of type BPE.</exception>
    public static SentencePieceModel Read(string path)
    {
        try
        {
            return Parse(path, File.ReadAllBytes(path));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"cannot read {path}: {fault.Message}", fault);
        }
        catch (Exception fault) when (fault is InvalidDataException or DecoderFallbackException)
        {
            throw new UserErrorException($"{path} is not a SentencePiece model: {fault.Message}", fault);
        }
    }

    private static SentencePieceModel Parse(string path, byte[] file)
    {
        var pieces = new List<SentencePiece>();
        var model = new SentencePieceModel { Path = path };
        int type = Unigram;
        var reader = new ProtobufReader(file);
        while (reader.Read())
        {
            if (reader.Field == 1) pieces.Add(ParsePiece(reader.Bytes));
            else if (reader.Field == 2) model = WithTrainer(model, reader.Bytes, ref type);
            else if (reader.Field == 3) model = WithNormalizer(model, reader.Bytes);
        }
        if (pieces.Count == 0) throw new InvalidDataException("it has no pieces");
        if (type != Bpe)
        {
            throw new UserErrorException(string.Create(CultureInfo.InvariantCulture,
                $"{path} is a SentencePiece model of type {(type < TypeNames.Length ? TypeNames[type] : type)}; allowed is BPE"));
        }
        string? twice = pieces.GroupBy(piece => piece.Text, StringComparer.Ordinal).FirstOrDefault(group => group.Skip(1).Any())?.Key;
        if (twice is not null) throw new InvalidDataException($"the piece \"{twice}\" stands there twice");
        return model with { Pieces = pieces };
    }

    private static SentencePiece ParsePiece(ReadOnlySpan<byte> message)
    {
        var piece = new SentencePiece("", 0, PieceKind.Normal);
        var reader = new ProtobufReader(message);
        while (reader.Read())
        {
            piece = reader.Field switch
            {
                1 => piece with { Text = reader.Text },
                2 => piece with { Score = reader.Float },
                3 => piece with { Kind = (PieceKind)reader.Number },
                _ => piece,
            };
        }
        if (piece.Text.Length == 0) throw new InvalidDataException("a piece is empty");
        if (!Enum.IsDefined(piece.Kind)) throw new InvalidDataException($"the piece \"{piece.Text}\" is of an unknown kind");
        if (piece.Kind == PieceKind.Byte && !IsByte(piece.Text))
        {
            throw new InvalidDataException($"the byte piece \"{piece.Text}\" is not of the form <0x00>");
        }
        return piece;
    }

    private static bool IsByte(string text) => text is ['<', '0', 'x', var high, var low, '>']
        && char.IsAsciiHexDigitUpper(high) && char.IsAsciiHexDigitUpper(low);

    private static SentencePieceModel WithTrainer(SentencePieceModel model, ReadOnlySpan<byte> message, ref int type)
    {
        var reader = new ProtobufReader(message);
        while (reader.Read())
        {
            if (reader.Field == 3) type = (int)Math.Min(reader.Number, int.MaxValue);
            model = reader.Field switch
            {
                24 => model with { WhitespaceIsSuffix = reader.Flag },
                35 => model with { ByteFallback = reader.Flag },
                46 => model with { BosPiece = reader.Text },
                47 => model with { EosPiece = reader.Text },
                48 => model with { PadPiece = reader.Text },
                _ => model,
            };
        }
        return model;
    }

    private static SentencePieceModel WithNormalizer(SentencePieceModel model, ReadOnlySpan<byte> message)
    {
        var reader = new ProtobufReader(message);
        while (reader.Read())
        {
            model = reader.Field switch
            {
                2 => model with { CharacterMap = reader.Bytes.IsEmpty ? null : CharacterMap.Parse(reader.Bytes) },
                3 => model with { AddDummyPrefix = reader.Flag },
                4 => model with { RemoveExtraWhitespaces = reader.Flag },
                5 => model with { EscapeWhitespaces = reader.Flag },
                _ => model,
            };
        }
        return model;
    }
}

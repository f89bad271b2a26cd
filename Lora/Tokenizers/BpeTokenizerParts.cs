namespace LoraCluster.Tokenizers;

/// <summary>Runs of text to ids: what differs between the byte-pair tokenizers.</summary>
internal interface ITextEncoder
{
    /// <summary>What is done to a run of text before added tokens are looked for in it once more.</summary>
    string Normalize(string text) => text;

    /// <summary>Appends the ids of a normalized run of text.</summary>
    /// <param name="text">The run, not empty.</param>
    /// <param name="isFirst">Whether it begins the whole text.</param>
    /// <param name="ids">Where they go.</param>
    void Append(string text, bool isFirst, List<int> ids);
}

/// <summary>Ids back to text.</summary>
internal interface ITokenDecoder
{
    /// <summary>The text of ids, each of which has a token.</summary>
    string Decode(IReadOnlyList<int> ids);
}

/// <summary>What a <see cref="BpeTokenizer"/> is made of.</summary>
internal sealed record BpeTokenizerParts
{
    public required Vocabulary Vocabulary { get; init; }

    public required ITextEncoder Encoder { get; init; }

    public required ITokenDecoder Decoder { get; init; }

    public RowTemplate Template { get; init; } = RowTemplate.Plain;

    /// <summary>Tokens found in the text as it stands.</summary>
    public IReadOnlyCollection<AddedToken> Added { get; init; } = [];

    /// <summary>Ids that decoding leaves out, though they are never found in a text.</summary>
    public IReadOnlyCollection<int> LeftOutIds { get; init; } = [];

    public int? PadId { get; init; }

    public int? BosId { get; init; }

    public int? EosId { get; init; }

    public int? UnknownId { get; init; }

    public IReadOnlyList<string> Files { get; init; } = [];
}

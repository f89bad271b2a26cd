namespace LoraCluster.Grains.Work;

/// <summary>A prompt for a language model. The names are those of Hugging Face's GenerationConfig.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.GenerateSpec")]
public sealed record GenerateSpec
{
    /// <summary>The language model.</summary>
    [Id(0)] public required ModelSource Model { get; init; }

    /// <summary>What the text begins with.</summary>
    [Id(1)] public required string Prompt { get; init; }

    /// <summary>Most tokens after the prompt, 1 or more.</summary>
    [Id(2)] public int MaxNewTokens { get; init; } = 50;

    /// <summary>What logits are divided by before sampling, above 0; null: greedy.</summary>
    [Id(3)] public double? Temperature { get; init; }

    /// <summary>Sample among so many likeliest tokens only; null: no such limit.</summary>
    [Id(4)] public int? TopK { get; init; }

    /// <summary>Sample among the likeliest tokens that together have this probability, in (0, 1]; null: no such limit.</summary>
    [Id(5)] public double? TopP { get; init; }

    /// <summary>Seed of the sampling.</summary>
    [Id(6)] public ulong Seed { get; init; }
}

/// <summary>A part of a text that is written.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.GeneratePart")]
public abstract record GeneratePart;

/// <summary>Some of the text, as it comes.</summary>
/// <param name="Text">What follows the prompt or the last part.</param>
[GenerateSerializer, Immutable, Alias("loracluster.GeneratedText")]
public sealed record GeneratedText([property: Id(0)] string Text) : GeneratePart;

/// <summary>The last part.</summary>
/// <param name="PromptTokens">Tokens of the prompt, special ones included.</param>
/// <param name="NewTokens">Tokens that were written, the end token included where it came.</param>
/// <param name="End">Why the text ends.</param>
/// <param name="Positions">Longest sequence of the model.</param>
/// <param name="Notices">Remarks for people.</param>
[GenerateSerializer, Immutable, Alias("loracluster.GenerateEnd")]
public sealed record GenerateEnd(
    [property: Id(0)] int PromptTokens, [property: Id(1)] int NewTokens, [property: Id(2)] TextEnd End, [property: Id(3)] int Positions,
    [property: Id(4)] IReadOnlyList<string> Notices) : GeneratePart;

/// <summary>Why a text ends.</summary>
[GenerateSerializer, Alias("loracluster.TextEnd")]
public enum TextEnd
{
    /// <summary>The model wrote its end token.</summary>
    EndToken,
    /// <summary>As many tokens as were asked for are written.</summary>
    MaxNewTokens,
    /// <summary>The model has no more positions, though more tokens were asked for.</summary>
    Positions,
}

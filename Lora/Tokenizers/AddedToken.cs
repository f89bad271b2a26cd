namespace LoraCluster.Tokenizers;

/// <summary>A token that is found in the text as it stands, before words are made: <c>[MASK]</c> and the like.</summary>
/// <param name="Content">Its text, not empty.</param>
/// <param name="Id">Its id.</param>
/// <param name="Special">Whether decoding leaves it out.</param>
/// <param name="Normalized">Whether it is looked for, normalized itself, in the normalized text instead of the text as given.</param>
/// <param name="SingleWord">Whether it is found only where no letter, digit or underscore touches it.</param>
/// <param name="LeftStrip">Whether blanks before it belong to it.</param>
/// <param name="RightStrip">Whether blanks after it belong to it.</param>
public sealed record AddedToken(string Content, int Id, bool Special = true, bool Normalized = false, bool SingleWord = false,
    bool LeftStrip = false, bool RightStrip = false);

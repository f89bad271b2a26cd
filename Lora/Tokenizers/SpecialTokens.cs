namespace LoraCluster.Tokenizers;

/// <summary>The tokens with a role in a byte-pair tokenizer, and all that are found in a text as they stand.</summary>
internal sealed class SpecialTokens
{
    private readonly TokenizerSettings settings;
    private readonly Dictionary<string, AddedToken> added;

    /// <param name="settings">The folder's settings.</param>
    /// <param name="words">The vocabulary without added tokens.</param>
    /// <param name="listed">Tokens that the vocabulary's own file adds.</param>
    public SpecialTokens(TokenizerSettings settings, Vocabulary words, IEnumerable<AddedToken> listed)
    {
        this.settings = settings;
        added = new Dictionary<string, AddedToken>(StringComparer.Ordinal);
        foreach (AddedToken token in listed) added[token.Content] = token;
        Vocabulary = words.With(added.Values);
        settings.AddTokens(Vocabulary, added);
        Vocabulary = words.With(added.Values);
    }

    /// <summary>The vocabulary with the added tokens.</summary>
    public Vocabulary Vocabulary { get; }

    public IReadOnlyCollection<AddedToken> Added => added.Values;

    /// <summary>
    /// The id of the token of a role: the one a file names, or else <paramref name="otherwise"/> if the vocabulary has it; null if
    /// there is none. From now on it is found in texts.
    /// </summary>
    public int? Role(string role, string? otherwise, bool leftStrip = false)
    {
        string? content = settings.Named(role) ?? otherwise;
        if (content is null || settings.IdOf(role, otherwise, Vocabulary) is not { } id) return null;
        added.TryAdd(content, new AddedToken(content, id, LeftStrip: leftStrip));
        return id;
    }

    /// <summary>As <see cref="Role"/>, of a role that the template needs.</summary>
    /// <exception cref="UserErrorException">There is no such token.</exception>
    public int Needed(string source, string role, string otherwise) => Role(role, otherwise)
        ?? throw new UserErrorException($"{source}: {role} \"{settings.Named(role) ?? otherwise}\" is not in the vocabulary");
}

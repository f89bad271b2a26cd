using System.Globalization;

namespace LoraCluster.Tokenizers;

/// <summary>
/// What a model folder says of its tokenizer beside the vocabulary: <c>tokenizer_config.json</c>, <c>special_tokens_map.json</c> and
/// <c>added_tokens.json</c> where they are there, and the model's <c>config.json</c> for what those leave open.
/// </summary>
internal sealed class TokenizerSettings
{
    private readonly List<string> files = [];
    private readonly Lazy<JsonSettings?> model;
    private readonly JsonSettings? map, more;

    private TokenizerSettings(string folder)
    {
        Folder = folder;
        Config = Json("tokenizer_config.json");
        map = Json("special_tokens_map.json");
        more = Json("added_tokens.json");
        model = new Lazy<JsonSettings?>(() => Json("config.json"));
    }

    /// <summary>Of a tokenizer that is read from a file of its own.</summary>
    public static TokenizerSettings None { get; } = new("");

    public string Folder { get; }

    public JsonSettings? Config { get; }

    /// <summary>The files read so far.</summary>
    public IReadOnlyList<string> Files => files;

    /// <summary>The model's <c>config.json</c>.</summary>
    public JsonSettings? Model => model.Value;

    /// <summary>The model's family in small letters, as <c>opt</c>.</summary>
    public string? ModelType => Model?.Text("model_type");

    /// <summary>
    /// The tokenizer's family, the class name without its ending: <c>Roberta</c> for <c>RobertaTokenizerFast</c>; null where none is named
    /// or where the name says nothing of the kind.
    /// </summary>
    public string? Family
    {
        get
        {
            string? name = Config?.Text("tokenizer_class");
            if (name is null or "TokenizersBackend") return null;
            string family = name.Replace("TokenizerFast", "", StringComparison.Ordinal).Replace("Tokenizer", "", StringComparison.Ordinal);
            return family == "PreTrained" ? null : family;
        }
    }

    /// <exception cref="UserErrorException">A file is wrong; the message names it and the value.</exception>
    public static TokenizerSettings Of(string folder) => new(folder);

    public string PathOf(string name) => Path.Combine(Folder, name);

    public bool HasFile(string name) => Folder.Length > 0 && File.Exists(PathOf(name));

    /// <summary>The token of a role (as <c>bos_token</c>), where a file names one.</summary>
    public string? Named(string role) => Config?.Token(role) ?? map?.Token(role);

    /// <summary>The id of the token of a role: the named one, or <paramref name="otherwise"/> if the vocabulary has it.</summary>
    /// <exception cref="UserErrorException">A file names a token that has no id.</exception>
    public int? IdOf(string role, string? otherwise, Vocabulary vocabulary)
    {
        if (Named(role) is { } named)
        {
            return vocabulary.TryGetId(named, out int id) ? id
                : throw new UserErrorException($"{Folder}: {role} \"{named}\" has no id in the vocabulary");
        }
        return otherwise is not null && vocabulary.TryGetId(otherwise, out int found) ? found : null;
    }

    /// <summary>Adds the tokens that the files add to those of the vocabulary; of two with one content the later file counts.</summary>
    /// <exception cref="UserErrorException">A token has no id.</exception>
    public void AddTokens(Vocabulary vocabulary, Dictionary<string, AddedToken> added)
    {
        if (more is not null)
        {
            foreach ((string content, int id) in more.Numbers())
            {
                added.TryAdd(content, new AddedToken(content, id, Special: false, Normalized: true));
            }
        }
        if (Config?.Child("added_tokens_decoder") is { } decoder)
        {
            foreach ((string key, JsonSettings token) in decoder.Objects)
            {
                if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int id))
                {
                    throw decoder.Refuse($"\"{key}\" is not an id");
                }
                AddedToken read = TokenizerJson.AddedTokenFrom(token, id);
                added[read.Content] = read;
            }
        }
        foreach (JsonSettings settings in new[] { Config, map }.OfType<JsonSettings>())
        {
            foreach (string content in settings.Tokens("additional_special_tokens").Concat(settings.Tokens("extra_special_tokens")))
            {
                if (added.ContainsKey(content)) continue;
                if (!vocabulary.TryGetId(content, out int id))
                {
                    throw settings.Refuse($"the additional special token \"{content}\" has no id in the vocabulary");
                }
                added.Add(content, new AddedToken(content, id));
            }
        }
    }

    private JsonSettings? Json(string name)
    {
        if (!HasFile(name)) return null;
        JsonSettings settings = JsonSettings.Read(PathOf(name));
        files.Add(PathOf(name));
        return settings;
    }
}

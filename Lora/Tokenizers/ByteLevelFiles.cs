using System.Globalization;
using System.Text;

namespace LoraCluster.Tokenizers;

/// <summary>
/// GPT-2's two files, <c>vocab.json</c> and <c>merges.txt</c>. They say nothing of special tokens: those follow from the family.
/// </summary>
internal static class ByteLevelFiles
{
    public const string VocabularyName = "vocab.json", MergesName = "merges.txt";

    private static readonly string[] Families = ["Roberta", "GPT2", "OPT"];

    public static BpeTokenizer Read(string vocabularyPath, string mergesPath)
    {
        Vocabulary vocabulary = Vocabulary.From(JsonSettings.Read(vocabularyPath).Numbers());
        BpeTokenizerParts parts = Parts(vocabulary, vocabulary, mergesPath, addPrefixSpace: false);
        return new BpeTokenizer(parts with { Files = [vocabularyPath, mergesPath] });
    }

    public static BpeTokenizer Load(TokenizerSettings settings)
    {
        string vocabularyPath = settings.PathOf(VocabularyName), mergesPath = settings.PathOf(MergesName);
        string family = FamilyOf(settings);
        Vocabulary words = Vocabulary.From(JsonSettings.Read(vocabularyPath).Numbers());
        var tokens = new SpecialTokens(settings, words, []);
        BpeTokenizerParts parts = Parts(words, tokens.Vocabulary, mergesPath, settings.Config?.Bool("add_prefix_space") ?? false);
        parts = family == "Roberta" ? Roberta(parts, tokens, vocabularyPath) : Gpt2(parts, tokens, settings, family);
        return new BpeTokenizer(parts with { Added = tokens.Added, Files = [vocabularyPath, mergesPath, .. settings.Files] });
    }

    private static BpeTokenizerParts Parts(Vocabulary words, Vocabulary all, string mergesPath, bool addPrefixSpace)
    {
        var model = new BpeModel(mergesPath, words, ReadMerges(mergesPath), new BpeModelOptions());
        return new BpeTokenizerParts
        {
            Vocabulary = all,
            Encoder = new ByteLevelEncoder(model, [SplitPattern.Gpt2], addPrefixSpace),
            Decoder = new ByteLevelDecoder(all),
        };
    }

    private static BpeTokenizerParts Roberta(BpeTokenizerParts parts, SpecialTokens tokens, string source)
    {
        int begin = tokens.Needed(source, "cls_token", "<s>"), separator = tokens.Needed(source, "sep_token", "</s>");
        tokens.Role("mask_token", "<mask>", leftStrip: true);
        return parts with
        {
            Template = RowTemplate.Roberta(begin, separator),
            BosId = tokens.Role("bos_token", "<s>"),
            EosId = tokens.Role("eos_token", "</s>"),
            PadId = tokens.Role("pad_token", "<pad>"),
            UnknownId = tokens.Role("unk_token", "<unk>"),
        };
    }

    /// <summary>OPT's is GPT-2's with other special tokens, the first of which it puts before each text.</summary>
    private static BpeTokenizerParts Gpt2(BpeTokenizerParts parts, SpecialTokens tokens, TokenizerSettings settings, string family)
    {
        bool isOpt = family == "OPT";
        string all = isOpt ? "</s>" : "<|endoftext|>";
        int? begin = tokens.Role("bos_token", all), end = tokens.Role("eos_token", all);
        tokens.Role("unk_token", all);
        bool addBegin = settings.Config?.Bool("add_bos_token") ?? isOpt, addEnd = settings.Config?.Bool("add_eos_token") ?? false;
        if (addBegin && begin is null || addEnd && end is null)
        {
            throw new UserErrorException($"{settings.Folder}: \"{all}\", which goes around each text, is not in the vocabulary, and "
                + "no other bos_token or eos_token is named");
        }
        return parts with
        {
            Template = RowTemplate.BeginAndEnd(addBegin ? begin : null, addEnd ? end : null),
            BosId = begin,
            EosId = end,
            PadId = tokens.Role("pad_token", isOpt ? "<pad>" : null),
        };
    }

    private static string FamilyOf(TokenizerSettings settings)
    {
        string? modelType = settings.ModelType;
        string? family = modelType == "opt" ? "OPT" : settings.Family ?? modelType switch
        {
            "roberta" => "Roberta",
            "gpt2" => "GPT2",
            _ => null,
        };
        if (family is not null && Families.Contains(family, StringComparer.Ordinal)) return family;
        string found = family is not null ? $"tokenizer_class {family}Tokenizer" : modelType is not null ? $"model_type {modelType}"
            : "neither a tokenizer_class in tokenizer_config.json nor a model_type in config.json";
        throw new UserErrorException($"{settings.Folder} has {VocabularyName} and {MergesName}, but {found}: what stands around a text is "
            + "known for RobertaTokenizer and GPT2Tokenizer, and for the model types roberta, opt and gpt2");
    }

    private static List<(string Left, string Right)> ReadMerges(string path)
    {
        string text;
        try
        {
            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(File.ReadAllBytes(path));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            throw new UserErrorException($"cannot read {path}: {fault.Message}", fault);
        }
        var merges = new List<(string, string)>();
        int number = 0;
        foreach (string whole in text.TrimStart('\uFEFF').TrimEnd('\r', '\n').Split('\n'))
        {
            number++;
            ReadOnlySpan<char> line = whole.AsSpan().TrimEnd('\r');
            if (line.StartsWith("#version", StringComparison.Ordinal)) continue;
            int blank = line.IndexOf(' ');
            if (blank <= 0 || blank == line.Length - 1 || line[(blank + 1)..].Contains(' '))
            {
                throw new UserErrorException(string.Create(CultureInfo.InvariantCulture,
                    $"{path}, line {number}: \"{line}\" is no merge; it must be two tokens with one space between them"));
            }
            merges.Add((line[..blank].ToString(), line[(blank + 1)..].ToString()));
        }
        return merges;
    }
}

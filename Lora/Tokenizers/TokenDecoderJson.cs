using System.Globalization;
using System.Text;

namespace LoraCluster.Tokenizers;

/// <summary>The block <c>decoder</c> of a <c>tokenizer.json</c> with a byte-pair model.</summary>
internal static class TokenDecoderJson
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <exception cref="UserErrorException">The block is of a type that is not supported, or wrong.</exception>
    public static ITokenDecoder Read(JsonSettings whole, Vocabulary vocabulary)
    {
        JsonSettings[] blocks = [.. TextEncoderJson.Flatten(whole.Child("decoder"), "decoders")];
        if (blocks.Length == 0) throw whole.Refuse("it has no decoder");
        if (blocks is [var only] && only.Text("type") == "ByteLevel") return new ByteLevelDecoder(vocabulary);
        return new StepwiseDecoder(vocabulary, [.. blocks.Select(ReadStep)]);
    }

    private static Func<List<string>, List<string>> ReadStep(JsonSettings block)
    {
        string? type = block.Text("type");
        switch (type)
        {
            case "Replace":
                string pattern = TextEncoderJson.StringPattern(block), content = block.Text("content") ?? "";
                if (pattern.Length == 0) throw block.Refuse("its pattern is empty");
                return tokens => [.. tokens.Select(token => token.Replace(pattern, content, StringComparison.Ordinal))];
            case "ByteFallback": return JoinBytes;
            case "Fuse": return tokens => [string.Concat(tokens)];
            case "Strip":
                string stripped = block.Text("content") ?? throw block.Refuse("it has no content");
                int start = block.Int("start") ?? 0, stop = block.Int("stop") ?? 0;
                if (stripped.Length != 1) throw block.Refuse("its content must be one character");
                return tokens => [.. tokens.Select(token => Strip(token, stripped[0], start, stop))];
            case "Metaspace":
                string replacement = block.Text("replacement") ?? SentencePieceNormalizer.EscapedSpace;
                bool dropsFirst = block.Text("prepend_scheme") is { } scheme ? scheme != "never" : block.Bool("add_prefix_space") ?? true;
                return tokens => [.. tokens.Select((token, index) =>
                    token.Replace(replacement, index == 0 && dropsFirst ? "" : " ", StringComparison.Ordinal))];
            default:
                throw block.Refuse($"type is {type ?? "absent"}; allowed are ByteLevel alone, Replace, ByteFallback, Fuse, Strip, "
                    + "Metaspace and Sequence");
        }
    }

    private static string Strip(string text, char character, int atMostFirst, int atMostLast)
    {
        int start = 0, end = text.Length;
        while (start < end && start < atMostFirst && text[start] == character) start++;
        while (end > start && text.Length - end < atMostLast && text[end - 1] == character) end--;
        return text[start..end];
    }

    /// <summary>Neighbouring byte tokens become their text, or U+FFFD each where together they are no UTF-8.</summary>
    private static List<string> JoinBytes(List<string> tokens)
    {
        var result = new List<string>(tokens.Count);
        var bytes = new List<byte>();
        foreach (string token in tokens)
        {
            if (token is ['<', '0', 'x', _, _, '>']
                && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
            {
                bytes.Add(value);
                continue;
            }
            Flush();
            result.Add(token);
        }
        Flush();
        return result;

        void Flush()
        {
            if (bytes.Count == 0) return;
            try
            {
                result.Add(StrictUtf8.GetString([.. bytes]));
            }
            catch (DecoderFallbackException)
            {
                result.AddRange(bytes.Select(_ => "\uFFFD"));
            }
            bytes.Clear();
        }
    }

    private sealed class StepwiseDecoder(Vocabulary vocabulary, IReadOnlyList<Func<List<string>, List<string>>> steps) : ITokenDecoder
    {
        public string Decode(IReadOnlyList<int> ids)
        {
            List<string> tokens = [.. ids.Select(id => vocabulary[id]!)];
            return string.Concat(steps.Aggregate(tokens, (current, step) => step(current)));
        }
    }
}

namespace LoraCluster.Tokenizers;

/// <summary>How blanks are spelt: by which character, whether one goes before the text, and whether each begins a word.</summary>
internal sealed record Metaspace(string Replacement, string PrependScheme, bool Split);

/// <summary>Llama 2's kind of <c>tokenizer.json</c>: blanks become a character of their own, and the run is one word or a few.</summary>
/// <param name="model">The merges.</param>
/// <param name="steps">The normalizer, step by step.</param>
/// <param name="metaspace">The pre-tokenizer; null where the normalizer does its work.</param>
internal sealed class MetaspaceEncoder(BpeModel model, IReadOnlyList<Func<string, string>> steps, Metaspace? metaspace) : ITextEncoder
{
    public string Normalize(string text) => steps.Aggregate(text, (current, step) => step(current));

    public void Append(string text, bool isFirst, List<int> ids)
    {
        if (metaspace is null)
        {
            model.Append(text, ids);
            return;
        }
        string spelt = text.Replace(" ", metaspace.Replacement, StringComparison.Ordinal);
        bool prepend = metaspace.PrependScheme == "always" || metaspace.PrependScheme == "first" && isFirst;
        if (prepend && !spelt.StartsWith(metaspace.Replacement, StringComparison.Ordinal)) spelt = metaspace.Replacement + spelt;
        if (!metaspace.Split)
        {
            model.Append(spelt, ids);
            return;
        }
        for (int start = 0; start < spelt.Length;)
        {
            int next = spelt.IndexOf(metaspace.Replacement, start + 1, StringComparison.Ordinal);
            if (next < 0) next = spelt.Length;
            model.Append(spelt.AsSpan(start..next), ids);
            start = next;
        }
    }
}

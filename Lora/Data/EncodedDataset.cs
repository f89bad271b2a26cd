using LoraCluster.Models;
using LoraCluster.Tokenizers;

namespace LoraCluster.Data;

/// <summary>A data set as token ids: all ids in one array, row after row. Immutable.</summary>
public sealed class EncodedDataset
{
    private readonly int[] ids;
    private readonly int[] offsets;
    private readonly int[] labels;

    private EncodedDataset(int[] ids, int[] offsets, int[] labels)
    {
        this.ids = ids;
        this.offsets = offsets;
        this.labels = labels;
    }

    /// <summary>Number of rows.</summary>
    public int Count => labels.Length;

    /// <summary>Number of ids in all rows together, special tokens included.</summary>
    public int TokenCount => ids.Length;

    /// <summary>Encodes a data set for what a model does.</summary>
    /// <param name="dataset">The rows.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="task">What the model does.</param>
    /// <param name="maxLength">Most ids of a row, special tokens included.</param>
    /// <param name="packing">How texts become the rows of a language model.</param>
    public static EncodedDataset Of(TextDataset dataset, ITextTokenizer tokenizer, ModelTask task, int maxLength, Packing packing) =>
        task == ModelTask.CausalLm ? EncodeLanguage(dataset, tokenizer, maxLength, packing) : Encode(dataset, tokenizer, maxLength);

    /// <summary>Encodes each row of a data set, in order.</summary>
    /// <param name="dataset">The rows.</param>
    /// <param name="tokenizer">Its special tokens are put around each row.</param>
    /// <param name="maxLength">Most ids of a row, special tokens included.</param>
    public static EncodedDataset Encode(TextDataset dataset, ITextTokenizer tokenizer, int maxLength)
    {
        var ids = new List<int>(dataset.Count * 16);
        int[] offsets = new int[dataset.Count + 1], labels = new int[dataset.Count];
        for (int i = 0; i < dataset.Count; i++)
        {
            TextExample example = dataset.Examples[i];
            ids.AddRange(tokenizer.Encode(example.Text, maxLength));
            offsets[i + 1] = ids.Count;
            labels[i] = example.Label;
        }
        return new EncodedDataset([.. ids], offsets, labels);
    }

    /// <summary>Encodes the texts of a data set for a language model; its labels are not used.</summary>
    /// <param name="dataset">The texts.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="maxLength">Most ids of a row, 2 or more.</param>
    /// <param name="packing">How texts become rows.</param>
    public static EncodedDataset EncodeLanguage(TextDataset dataset, ITextTokenizer tokenizer, int maxLength, Packing packing)
    {
        var ids = new List<int>();
        List<int> offsets = [0];
        foreach (int[] row in LanguageRows.Of(dataset.Examples.Select(e => e.Text), tokenizer, maxLength, packing))
        {
            ids.AddRange(row);
            offsets.Add(ids.Count);
        }
        int[] labels = new int[offsets.Count - 1];
        Array.Fill(labels, TextExample.NoLabel);
        return new EncodedDataset([.. ids], [.. offsets], labels);
    }

    /// <summary>Number of ids of row <paramref name="i"/>.</summary>
    public int Length(int i) => offsets[i + 1] - offsets[i];

    /// <summary>The ids of row <paramref name="i"/>, special tokens included, without padding.</summary>
    public ReadOnlySpan<int> Ids(int i) => ids.AsSpan(offsets[i]..offsets[i + 1]);

    /// <summary>The label of row <paramref name="i"/>; <see cref="TextExample.NoLabel"/> where the data set has none.</summary>
    public int Label(int i) => labels[i];
}

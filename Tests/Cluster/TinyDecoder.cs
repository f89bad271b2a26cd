using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using LoraCluster.Models;
using LoraCluster.Safetensors;

namespace LoraCluster.Tests.Cluster;

/// <summary>A language model of some thousand random weights with a tokenizer of single bytes, and a data set, as folders.</summary>
internal static class TinyDecoder
{
    public const string Opt = """
        {"model_type": "opt", "vocab_size": 264, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "ffn_dim": 48,
         "max_position_embeddings": 64, "word_embed_proj_dim": 32, "dropout": 0.1, "attention_dropout": 0.1, "pad_token_id": 1,
         "bos_token_id": 2, "eos_token_id": 2}
        """;

    public const string Llama = """
        {"model_type": "llama", "vocab_size": 264, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
         "num_key_value_heads": 2, "intermediate_size": 48, "max_position_embeddings": 64, "attention_dropout": 0.1,
         "tie_word_embeddings": true, "bos_token_id": 0, "eos_token_id": 2}
        """;

    /// <summary>Writes a model folder.</summary>
    public static string WriteModel(TemporaryFolder folder, string config, string name = "model", int seed = 5)
    {
        string model = Directory.CreateDirectory(folder.File(name)).FullName;
        File.WriteAllText(Path.Combine(model, "config.json"), config);
        var vocabulary = new Dictionary<string, int> { ["<s>"] = 0, ["<pad>"] = 1, ["</s>"] = 2, ["<unk>"] = 3 };
        foreach (string token in Enumerable.Range(0, 256).Select(ByteAsToken)) vocabulary.Add(token, vocabulary.Count);
        File.WriteAllText(Path.Combine(model, "vocab.json"), JsonSerializer.Serialize(vocabulary));
        File.WriteAllText(Path.Combine(model, "merges.txt"), "#version: 0.2\n");
        File.WriteAllText(Path.Combine(model, "tokenizer_config.json"),
            """
            {"tokenizer_class": "GPT2Tokenizer", "add_bos_token": true, "bos_token": "</s>", "eos_token": "</s>", "pad_token": "<pad>"}
            """);
        (ModelFamily family, ModelConfig shape) = ModelFamily.Read(Path.Combine(model, "config.json"));
        var random = new Random(seed);
        ModelLayout layout = family.LayoutOf(shape);
        var norms = layout.Norms.Select(n => n.Module + ".weight").ToHashSet(StringComparer.Ordinal);
        SafetensorsWriter.Write(Path.Combine(model, "model.safetensors"), layout.Tensors.Select(t =>
        {
            var values = new float[t.Shape.Aggregate(1L, (a, n) => a * n)];
            for (int k = 0; k < values.Length; k++) values[k] = norms.Contains(t.Name) ? 1 : (float)(random.NextDouble() - 0.5) * 0.3f;
            return (t.Name, SafetensorDtype.F32, t.Shape, (ReadOnlyMemory<byte>)MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
        }).ToArray());
        return model;
    }

    /// <summary>Writes train.tsv and dev.tsv of words, without labels.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="rows">Training rows.</param>
    /// <param name="ending">Added to the last training row.</param>
    public static string WriteTexts(TemporaryFolder folder, int rows, string ending = "")
    {
        string dataset = Directory.CreateDirectory(folder.File("texts")).FullName;
        var random = new Random(7);
        string[] words = ["a", "cat", "sees", "the", "dog", "and", "runs"];
        string Split(int count, string last)
        {
            var text = new StringBuilder("sentence\n");
            for (int row = 0; row < count; row++)
            {
                string[] said = [.. Enumerable.Range(0, random.Next(1, 9)).Select(_ => words[random.Next(words.Length)])];
                text.Append(string.Join(' ', said)).Append(row == count - 1 ? last : "").Append('\n');
            }
            return text.ToString();
        }
        File.WriteAllText(Path.Combine(dataset, "train.tsv"), Split(rows, ending));
        File.WriteAllText(Path.Combine(dataset, "dev.tsv"), Split(12, ""));
        return dataset;
    }

    private static string ByteAsToken(int value)
    {
        static IEnumerable<int> From(char first, char last) => Enumerable.Range(first, last - first + 1);
        int[] visible = [.. From('!', '~'), .. From('¡', '¬'), .. From('®', 'ÿ')];
        if (visible.Contains(value)) return ((char)value).ToString();
        return ((char)(256 + Enumerable.Range(0, value).Count(v => !visible.Contains(v)))).ToString();
    }
}

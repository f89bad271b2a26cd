using System.Runtime.InteropServices;
using System.Text;
using LoraCluster.Models;
using LoraCluster.Safetensors;

namespace LoraCluster.Tests.Cluster;

/// <summary>A BERT of some thousand random weights and a data set of made-up sentences, as folders: enough to run the real replica
/// on.</summary>
internal static class TinyEncoder
{
    private const int Words = 60;

    /// <summary>Writes a model folder and a data set folder.</summary>
    public static (string Model, string Dataset) Write(TemporaryFolder folder, int rows = 84)
    {
        string model = Directory.CreateDirectory(folder.File("model")).FullName,
            dataset = Directory.CreateDirectory(folder.File("dataset")).FullName;
        File.WriteAllText(Path.Combine(model, "config.json"), """
            {"model_type": "bert", "vocab_size": 65, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
            "intermediate_size": 64,
             "max_position_embeddings": 32, "type_vocab_size": 2, "hidden_act": "gelu", "layer_norm_eps": 1e-12, "pad_token_id": 0,
             "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1}
            """);
        File.WriteAllLines(Path.Combine(model, "vocab.txt"),
            ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. Enumerable.Range(0, Words).Select(k => $"w{k}")]);
        (ModelFamily family, ModelConfig config) = ModelFamily.Read(Path.Combine(model, "config.json"));
        var random = new Random(5);
        SafetensorsWriter.Write(Path.Combine(model, "model.safetensors"), family.LayoutOf(config).Tensors
            .Where(t => !t.Name.StartsWith("classifier", StringComparison.Ordinal))
            .Select(t => (t.Name, SafetensorDtype.F32, t.Shape, ValuesOf(t.Name, t.Shape, random))).ToArray());
        WriteSplit(Path.Combine(dataset, "train.tsv"), rows, random);
        WriteSplit(Path.Combine(dataset, "dev.tsv"), 40, random);
        return (model, dataset);
    }

    private static ReadOnlyMemory<byte> ValuesOf(string name, long[] shape, Random random)
    {
        float[] values = new float[shape.Aggregate(1L, (a, n) => a * n)];
        bool norm = name.Contains("LayerNorm", StringComparison.Ordinal);
        for (int k = 0; k < values.Length; k++)
            values[k] = norm ? (name.EndsWith("weight", StringComparison.Ordinal) ? 1 : 0) : (float)(random.NextDouble() - 0.5) * 0.3f;
        return MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
    }

    private static void WriteSplit(string path, int rows, Random random)
    {
        var text = new StringBuilder("sentence\tlabel\n");
        for (int row = 0; row < rows; row++)
        {
            int label = random.Next(2);
            for (int k = random.Next(2, 20); k > 0; k--) text.Append('w')
                .Append(random.Next(Words / 2) + (random.Next(3) == 0 ? label * Words / 2 : 0)).Append(' ');
            text.Append('\t').Append(label).Append('\n');
        }
        File.WriteAllText(path, text.ToString());
    }
}

using LoraCluster.Data;
using Parquet;
using Parquet.Schema;

namespace LoraCluster.Tests.Unit.Data;

public sealed class ParquetTests : IDisposable
{
    private const string ClassLabel = """
        {"info": {"features": {"sentence": {"dtype": "string", "_type": "Value"},
        "label": {"names": ["negative", "positive"], "_type": "ClassLabel"}}}}
        """;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(true, CompressionMethod.Snappy)]
    [InlineData(false, CompressionMethod.None)]
    [InlineData(true, CompressionMethod.Zstd)]
    [InlineData(true, CompressionMethod.Gzip)]
    public async Task Rows_of_all_groups_are_read_and_labels_are_named(bool nullable, CompressionMethod compression)
    {
        await WriteAsync<long>("train.parquet", ["a", "b\n", "", "a"], [1, 0, 1, 1], nullable, compression, ClassLabel);
        TextDataset rows = Read();
        Assert.Equal([new("a", 1), new("b\n", 0), new("", 1), new("a", 1)], rows.Examples);
        Assert.Equal(["negative", "positive"], rows.LabelNames);
    }

    [Fact]
    public async Task Labels_of_any_whole_type_texts_and_truth_values_are_read()
    {
        await WriteAsync<int>("train.parquet", ["a", "b"], [3, 1]);
        Assert.Equal([3, 1], Read().Examples.Select(example => example.Label));
        await WriteAsync<byte>("train.parquet", ["a", "b"], [3, 1]);
        Assert.Equal([3, 1], Read().Examples.Select(example => example.Label));
        await WriteAsync<bool>("train.parquet", ["a", "b"], [true, false]);
        Assert.Equal(["False", "True"], Read().LabelNames);
        await WriteAsync<long>("train.parquet", ["a", "b"], [-1, -1], metadata: ClassLabel);
        Assert.False(Read().HasLabels);
        await WriteTextsAsync("train.parquet", ["a", "b"], ["x", "y"]);
        Assert.Equal(["x", "y"], Read().LabelNames);
        await WriteAsync<double>("train.parquet", ["a", "b"], [0.5, 1]);
        Assert.Contains("is of type Double", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Faults_name_file_and_row()
    {
        await WriteAsync<long>("train.parquet", ["a", null, "c"], [0, 1, 7], metadata: ClassLabel);
        string[] lines = Refused().Split('\n');
        Assert.Equal($"{folder.File("train.parquet")}, row 2: no text", lines[0]);
        Assert.Contains("row 3: the label 7 has no name; named are 0 to 1", lines[1], StringComparison.Ordinal);
        await WriteAsync<long>("train.parquet", ["a", "b"], [0, null]);
        Assert.Contains("row 2: no label", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parts_and_splits_must_name_labels_alike()
    {
        string other = ClassLabel.Replace("negative", "bad", StringComparison.Ordinal);
        await WriteAsync<long>("data/train-00000-of-00002.parquet", ["a"], [0], metadata: ClassLabel);
        await WriteAsync<long>("data/train-00001-of-00002.parquet", ["b"], [1], metadata: ClassLabel);
        await WriteAsync<long>("data/validation-00000-of-00001.parquet", ["c"], [1], metadata: ClassLabel);
        Assert.Equal(["a", "b"], DatasetSplits.Load(folder.Path).Train.Examples.Select(example => example.Text));
        await WriteAsync<long>("data/validation-00000-of-00001.parquet", ["c"], [1], metadata: other);
        Assert.Contains("names its labels bad, positive", Assert.Throws<UserErrorException>(() => DatasetSplits.Load(folder.Path)).Message,
            StringComparison.Ordinal);
        await WriteAsync<long>("data/train-00001-of-00002.parquet", ["b"], [1], metadata: other);
        Assert.Contains("00001-of-00002.parquet names its labels bad, positive", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_file_is_refused_or_read()
    {
        await WriteAsync<long>("train.parquet", [.. Enumerable.Range(0, 40).Select(i => $"row {i % 7}")],
            [.. Enumerable.Range(0, 40).Select(i => (long?)(i % 2))], compression: CompressionMethod.Snappy, metadata: ClassLabel);
        string path = folder.File("train.parquet");
        byte[] whole = await File.ReadAllBytesAsync(path);
        var random = new Random(11);
        for (int i = 0; i < 400; i++)
        {
            byte[] changed = [.. whole];
            for (int k = random.Next(1, 4); k > 0; k--) changed[random.Next(changed.Length)] = (byte)random.Next(256);
            await File.WriteAllBytesAsync(path, i % 4 == 0 ? whole[..random.Next(whole.Length)] : changed);
            try { Read(); }
            catch (UserErrorException) { /* refused */ }
        }
        await File.WriteAllTextAsync(path, "no parquet at all");
        Assert.Contains("train.parquet is not a valid parquet file", Refused(), StringComparison.Ordinal);
    }

    private TextDataset Read() => TextDataset.Load(folder.Path, "train");

    private string Refused() => Assert.Throws<UserErrorException>(Read).Message;

    private Task WriteAsync<T>(string name, string?[] texts, T?[] labels, bool nullable = true,
        CompressionMethod compression = CompressionMethod.None, string? metadata = null) where T : struct
    {
        var label = new DataField<T>("label", nullable);
        return WriteAsync(name, texts, label, compression, metadata, async (group, range) =>
        {
            if (nullable) await group.WriteAsync<T>(label, labels.AsMemory(range));
            else await group.WriteAsync<T>(label, labels[range].Select(value => value!.Value).ToArray().AsMemory());
        });
    }

    private Task WriteTextsAsync(string name, string?[] texts, string[] labels)
    {
        var label = new DataField<string>("label");
        return WriteAsync(name, texts, label, CompressionMethod.None, null, (group, range) => group.WriteAsync(label, labels[range]));
    }

    private async Task WriteAsync(string name, string?[] texts, DataField label, CompressionMethod compression, string? metadata,
        Func<ParquetRowGroupWriter, Range, Task> writeLabels)
    {
        string path = folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await using FileStream stream = File.Create(path);
        var index = new DataField<int>("idx", false);
        var text = new DataField<string>("sentence");
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(
            new ParquetSchema(index, text, label), stream, new ParquetOptions { CompressionMethod = compression });
        if (metadata is not null) writer.CustomMetadata = new Dictionary<string, string> { ["huggingface"] = metadata };
        int half = (texts.Length + 1) / 2;
        foreach (Range range in new[] { ..half, half.. })
        {
            if (texts[range].Length == 0) continue;
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            await group.WriteAsync<int>(index, Enumerable.Range(0, texts[range].Length).ToArray().AsMemory());
            await group.WriteAsync(text, texts[range]!);
            await writeLabels(group, range);
        }
    }
}

using LoraCluster.Data;

namespace LoraCluster.Tests.Unit.Data;

/// <summary>Where splits are looked for, and which is taken.</summary>
public sealed class DatasetFilesTests : IDisposable
{
    private const string Csv = "text,label\na,0\nb,1\n";
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_first_evaluation_split_that_is_there_is_taken_and_said()
    {
        Write("train.csv", Csv);
        Assert.Contains("no split to evaluate on", Refused(), StringComparison.Ordinal);
        foreach (string name in (string[])["test", "valid", "validation"])
        {
            Write(name + ".csv", Csv);
            DatasetSplits splits = DatasetSplits.Load(folder.Path);
            Assert.Equal(name, splits.EvaluationName);
            Assert.Contains($"evaluated on the split {name}: {folder.File(name + ".csv")}", splits.Notices);
        }
        Write("dev.tsv", "sentence\tlabel\na\t0\n");
        Assert.Equal(("dev", 1), (DatasetSplits.Load(folder.Path).EvaluationName, DatasetSplits.Load(folder.Path).Evaluation.Count));
        Assert.Empty(DatasetSplits.Load(folder.Path).Notices);
        Assert.Equal([folder.File("train.csv"), folder.File("dev.tsv")], DatasetFiles.Find(folder.Path).Files);
    }

    [Theory]
    [InlineData("text\na\n")]
    [InlineData("text,label\na,-1\n")]
    public void A_test_split_without_labels_is_not_taken(string test)
    {
        Write("train.csv", Csv);
        Write("test.csv", test);
        Assert.Contains("test.csv has no labels", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_split_in_two_forms_is_refused_by_name()
    {
        Write("dev.csv", Csv);
        Write("train.csv", Csv);
        Write("train.jsonl", "{\"text\": \"a\", \"label\": 0}\n");
        string message = Refused();
        Assert.Contains(folder.File("train.csv"), message, StringComparison.Ordinal);
        Assert.Contains(folder.File("train.jsonl"), message, StringComparison.Ordinal);
        File.Delete(folder.File("train.jsonl"));
        Write("data/train.csv", Csv);
        Assert.Contains(Path.Combine("data", "train.csv"), Refused(), StringComparison.Ordinal);
        File.Delete(folder.File("data/train.csv"));
        Write("train-00000-of-00001.csv", Csv);
        Assert.Contains("train-00000-of-00001.csv", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_split_in_parts_is_read_in_order_and_whole()
    {
        Write("data/train-00001-of-00002.csv", "text,label\nc,2\nd,-3\n");
        Write("data/validation-00000-of-00001-0a1b.csv", Csv);
        Assert.Contains("not each part of the split train", Refused(), StringComparison.Ordinal);
        Write("data/train-00000-of-00002.csv", Csv);
        Assert.Contains("train-00001-of-00002.csv, line 3: the label -3", Refused(), StringComparison.Ordinal);
        Write("data/train-00001-of-00002.csv", "text,label\nc,2\n");
        DatasetSplits splits = DatasetSplits.Load(folder.Path);
        Assert.Equal(["a", "b", "c"], splits.Train.Examples.Select(example => example.Text));
        Assert.Equal(2, splits.Train.Files.Count);
        string message = Assert.Throws<UserErrorException>(() => splits.Train.RequireLabelsBelow(2)).Message;
        Assert.Contains("train-00001-of-00002.csv, line 2: label 2", message, StringComparison.Ordinal);
        Write("data/train-00001-of-00002.csv", "text\nc\n");
        Assert.Contains("has no column \"label\", unlike", Refused(), StringComparison.Ordinal);
        Write("data/train-00000-of-00003.csv", Csv);
        Assert.Contains("not each part", Refused(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sst2/train.csv", "sst2/dev.csv")]
    [InlineData("sst2/data/train.csv", "sst2/validation.csv")]
    [InlineData("data/sst2/train-00000-of-00001.csv", "data/sst2/test-00000-of-00001.csv")]
    public void A_subset_is_named_after_a_colon(string train, string evaluation)
    {
        Write(train, Csv);
        Write(evaluation, Csv);
        Assert.Equal(2, DatasetSplits.Load(folder.Path + ":sst2").Train.Count);
        Assert.True(DatasetFiles.Exists(folder.Path + ":sst2"));
        foreach (string other in (string[])[":mnli", ":", ":..", ":../x", ":."]) Assert.False(DatasetFiles.Exists(folder.Path + other));
    }

    [Fact]
    public void A_text_has_no_columns_to_name()
    {
        Write("train.txt", "one\n");
        Write("dev.txt", "two\n");
        foreach (string path in (string[])[folder.Path, folder.File("train.txt")])
        {
            foreach (TextColumns columns in (TextColumns[])[new("sentence"), new(Label: "label")])
                Assert.Throws<UserErrorException>(() => DatasetSplits.Load(path, columns: columns));
        }
    }

    [Fact]
    public void One_file_is_the_training_split()
    {
        Write("rows.csv", Csv);
        Assert.Equal(2, TextDataset.Load(folder.File("rows.csv"), "train").Count);
        string message = Assert.Throws<UserErrorException>(() => DatasetSplits.Load(folder.File("rows.csv"))).Message;
        Assert.Contains("is one file, the training split", message, StringComparison.Ordinal);
        Write("rows.xlsx", Csv);
        Assert.Contains(".parquet", Assert.Throws<UserErrorException>(() => DatasetFiles.Find(folder.File("rows.xlsx"))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Of_one_text_the_last_tenth_is_held_out()
    {
        string text = string.Concat(Enumerable.Range(0, 100).Select(i => $"line {i:d2}.\n"));
        Write("book.txt", text);
        DatasetSplits splits = DatasetSplits.Load(folder.File("book.txt"));
        string train = Assert.Single(splits.Train.Examples).Text, held = Assert.Single(splits.Evaluation.Examples).Text;
        Assert.Equal(text, train + held);
        Assert.StartsWith("line 9", held, StringComparison.Ordinal);
        Assert.InRange(held.Length, text.Length / 12, text.Length / 10);
        Assert.Contains("last tenth", Assert.Single(splits.Notices), StringComparison.Ordinal);
        Assert.False(splits.Train.HasLabels);

        Write("book.txt", string.Concat(Enumerable.Repeat("\U0001F600", 15)));
        splits = DatasetSplits.Load(folder.File("book.txt"));
        Assert.Equal(26, splits.Train.Examples[0].Text.Length);
        foreach (string little in (string[])["", "\U0001F600"])
        {
            Write("book.txt", little);
            Assert.Throws<UserErrorException>(() => DatasetSplits.Load(folder.File("book.txt")));
        }
    }

    [Fact]
    public void A_text_file_is_one_document()
    {
        Write("train.txt", "\uFEFFa\r\nb\n");
        Write("valid.txt", "c");
        DatasetSplits splits = DatasetSplits.Load(folder.Path);
        Assert.Equal([new("a\r\nb\n", TextExample.NoLabel)], splits.Train.Examples);
        Assert.Equal(("valid", "c"), (splits.EvaluationName, splits.Evaluation.Examples[0].Text));
    }

    private string Refused() => Assert.Throws<UserErrorException>(() => DatasetSplits.Load(folder.Path)).Message;

    private void Write(string name, string content)
    {
        string path = folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }
}

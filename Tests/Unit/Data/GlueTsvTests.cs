using System.Text;
using LoraCluster.Data;

namespace LoraCluster.Tests.Unit.Data;

public sealed class GlueTsvTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Quotes_and_odd_line_ends_are_text_and_only_spaces_are_trimmed()
    {
        TextDataset dataset = Read("sentence\tlabel\r\n\"a\u2028b\t1\r\n  c\rd \u00A0 \t0\n\t2");
        Assert.Equal([new("\"a\u2028b", 1), new("c\rd \u00A0", 0), new("", 2)], dataset.Examples);
        Assert.True(dataset.HasLabels);
        Assert.Equal(3, dataset.LabelCount);
    }

    [Fact]
    public void Columns_are_found_by_name()
    {
        Assert.Equal([new("a", 1)], Read("index\tlabel\tsentence\n7\t1\ta\n").Examples);
        TextDataset test = Read("index\tsentence\n0\ta\n1\tb\n");
        Assert.Equal([new("a", TextExample.NoLabel), new("b", TextExample.NoLabel)], test.Examples);
        Assert.False(test.HasLabels);
        Assert.Equal(0, test.LabelCount);
        Assert.Contains("label", Assert.Throws<UserErrorException>(() => test.RequireLabelsBelow(2)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 1, "header")]
    [InlineData("text\tlabel\na\t1\n", 1, "text, label")]
    [InlineData("sentence\tlabel", 1, "no row")]
    [InlineData("sentence\tsentence\tlabel\na\tb\t1\n", 1, "twice")]
    [InlineData("sentence\tlabel\tlabel\na\t0\t1\n", 1, "twice")]
    [InlineData("sentence\tlabel\na\t1\n\n", 3, "columns")]
    [InlineData("sentence\tlabel\na\t-1\n", 2, "-1")]
    [InlineData("sentence\tlabel\na\t+1\n", 2, "+1")]
    [InlineData("sentence\tlabel\na\t1.0\n", 2, "1.0")]
    [InlineData("sentence\tlabel\na\t 1\n", 2, "\" 1\"")]
    [InlineData("sentence\tlabel\na\t\n", 2, "\"\"")]
    [InlineData("sentence\tlabel\na\t99999999999\n", 2, "99999999999")]
    [InlineData("sentence\tlabel\na\t1\r", 2, "label")]
    [InlineData("sentence\tlabel\na\t\u0661\n", 2, "\u0661")]
    public void A_fault_names_file_and_line(string content, int line, string named)
    {
        var error = Assert.Throws<UserErrorException>(() => Read(content));
        string where = FormattableString.Invariant($"{folder.File("train.tsv")}, line {line}: ");
        Assert.StartsWith(where, error.Message, StringComparison.Ordinal);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_faults_are_named_at_once_up_to_ten()
    {
        string content = "sentence\tlabel\n" + string.Concat(Enumerable.Repeat("a\n", 25));
        string[] lines = Assert.Throws<UserErrorException>(() => Read(content)).Message.Split('\n');
        Assert.Equal(11, lines.Length);
        Assert.Contains("line 11:", lines[9], StringComparison.Ordinal);
        Assert.Contains("15 more", lines[10], StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_first_rows_are_read_where_that_is_asked()
    {
        File.WriteAllText(folder.File("train.tsv"), "sentence\tlabel\na\t0\nb\t1\nbroken\n");
        Assert.Equal(2, TextDataset.Load(folder.Path, "train", maxExamples: 2).Count);
        Assert.Throws<UserErrorException>(() => TextDataset.Load(folder.Path, "train", maxExamples: 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => TextDataset.Load(folder.Path, "train", maxExamples: 0));
    }

    [Fact]
    public void A_label_the_model_does_not_know_is_named_with_its_line()
    {
        TextDataset dataset = Read("sentence\tlabel\na\t0\nb\t2\nc\t1\nd\t3\n");
        dataset.RequireLabelsBelow(4);
        string message = Assert.Throws<UserErrorException>(() => dataset.RequireLabelsBelow(2)).Message;
        Assert.StartsWith($"{folder.File("train.tsv")}, line 3: label 2 (and 1 more", message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_absent_split_or_folder_is_named_with_what_is_there()
    {
        File.WriteAllText(folder.File("train.tsv"), "sentence\tlabel\na\t0\n");
        string message = Assert.Throws<UserErrorException>(() => TextDataset.Load(folder.Path, "dev")).Message;
        Assert.Contains("dev.tsv", message, StringComparison.Ordinal);
        Assert.Contains("train.tsv", message, StringComparison.Ordinal);
        message = Assert.Throws<UserErrorException>(() => TextDataset.Load(folder.File("absent"), "dev")).Message;
        Assert.Contains("absent", message, StringComparison.Ordinal);
        Assert.Throws<UserErrorException>(() => GlueTsv.Read(folder.Path));
    }

    [Fact]
    public void The_real_data_set_has_all_its_rows()
    {
        string path = SharedData.Require(Path.Combine(SharedData.Data, "sst2"));
        Assert.Equal(67349, TextDataset.Load(path, "train").Count);
        TextDataset dev = TextDataset.Load(path, "dev");
        Assert.Equal((872, 2, 444), (dev.Count, dev.LabelCount, dev.Examples.Sum(example => example.Label)));
        Assert.Equal(1821, TextDataset.Load(path, "test").Count);
    }

    private TextDataset Read(string content)
    {
        File.WriteAllText(folder.File("train.tsv"), content, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        return TextDataset.Load(folder.Path, "train");
    }
}

using System.Text;
using LoraCluster.Data;

namespace LoraCluster.Tests.Unit.Data;

/// <summary>Rows of CSV and JSON Lines, their columns and labels.</summary>
public sealed class DatasetFormatsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Csv_has_quotes_and_line_ends_inside_fields()
    {
        TextDataset rows = Read("train.csv",
            "\uFEFFid,sentence,label\r\n1,\"a, \"\"b\"\"\nc\",0\r\n\r\n2,5\" disk ,1\r\n3,,2\r\n4,\" \",0");
        Assert.Equal([new("a, \"b\"\nc", 0), new("5\" disk ", 1), new("", 2), new(" ", 0)], rows.Examples);
        Assert.Null(rows.LabelNames);
        Assert.Equal(3, rows.LabelCount);
        string message = Assert.Throws<UserErrorException>(() => rows.RequireLabelsBelow(2)).Message;
        Assert.StartsWith($"{folder.File("train.csv")}, line 6: label 2;", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_has_an_object_a_line()
    {
        TextDataset rows = Read("train.jsonl", "\uFEFF{\"text\": \"a\\nb\", \"label\": 1, \"n\": {}}\r\n\n{\"label\": 0, \"text\": \"\"}");
        Assert.Equal([new("a\nb", 1), new("", 0)], rows.Examples);
    }

    [Theory]
    [InlineData("sentence,label\na,1\nb", 3, "1 columns, but the header names 2")]
    [InlineData("sentence,label\na,1,2\n", 2, "3 columns")]
    [InlineData("sentence,label\n\"a\",1\n\"b,1\n", 3, "a quote is not closed")]
    [InlineData("sentence,label\n\"a\"b,1\n", 2, "text after a closing quote")]
    [InlineData("sentence,label\na,\n", 2, "no label")]
    [InlineData("sentence,label\na,1.0\n", 2, "\"1.0\" is not a whole number")]
    [InlineData("sentence,label\na,-2\n", 2, "-2 is not a whole number")]
    [InlineData("sentence,label\na,99999999999\n", 2, "99999999999")]
    [InlineData("sentence,label\na,1\nb,-1\n", 3, "-1 stands for none")]
    [InlineData("sentence,label\na,1\nb,good\n", 3, "\"good\" is a text")]
    [InlineData("sentence,label\na,good\n\nb,1\n", 4, "1 is a number")]
    public void A_fault_in_csv_names_file_and_line(string content, int line, string named) =>
        RequireFault("train.csv", content, line, named);

    [Theory]
    [InlineData("{\"text\": \"a\", \"label\": 1}\n{\"label\": 1}\n", 2, "no text")]
    [InlineData("{\"text\": \"a\", \"label\": 1}\n{\"text\": null, \"label\": 1}\n", 2, "no text")]
    [InlineData("{\"text\": \"a\", \"label\": 1}\n{\"text\": 7, \"label\": 1}\n", 2, "which is no text")]
    [InlineData("{\"text\": \"a\", \"label\": 1}\n{\"text\": \"b\"}\n", 2, "no label")]
    [InlineData("{\"text\": \"a\", \"label\": 1}\n\n{\"text\": \"b\", \"label\": 0.5}\n", 3, "0.5")]
    [InlineData("{\"text\": \"a\", \"label\": [1]}\n", 1, "[1]")]
    [InlineData("{\"text\": \"a\", \"label\": 1}\n{\"text\": \"b\"", 2, "not valid JSON")]
    [InlineData("{\"text\": \"a\", \"label\": 1}\n{\"text\": \"\\ud800\", \"label\": 1}", 2, "Unicode")]
    [InlineData("{\"\\ud800\": \"a\"}", 1, "Unicode")]
    [InlineData("[{\"text\": \"a\"}]", 1, "not an object")]
    [InlineData("", 1, "no row")]
    public void A_fault_in_json_names_file_and_line(string content, int line, string named) =>
        RequireFault("train.jsonl", content, line, named);

    [Theory]
    [InlineData("", "no header")]
    [InlineData("sentence,label\n", "no row")]
    [InlineData("sentence,label,label\na,1,1\n", "more than once")]
    [InlineData("a,b,label\nx,y,1\n", "a, b, label")]
    [InlineData("label\n1\n", "holds the text?")]
    public void A_fault_of_a_whole_file_names_it(string content, string named)
    {
        string message = Assert.Throws<UserErrorException>(() => Read("train.csv", content)).Message;
        Assert.Contains(folder.File("train.csv"), message, StringComparison.Ordinal);
        Assert.Contains(named, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Invalid_utf8_is_refused_with_its_line()
    {
        File.WriteAllBytes(folder.File("train.csv"), [.. "sentence,label\na,1\n"u8, 0xff, .. ",1\n"u8]);
        Assert.Contains("line 3: not valid UTF-8", Assert.Throws<UserErrorException>(() => Load()).Message, StringComparison.Ordinal);
        File.Delete(folder.File("train.csv"));
        File.WriteAllBytes(folder.File("train.jsonl"), [.. "{\"text\": \""u8, 0xff, .. "\"}\n"u8]);
        Assert.Contains("line 1: ", Assert.Throws<UserErrorException>(() => Load()).Message, StringComparison.Ordinal);
        File.Delete(folder.File("train.jsonl"));
        File.WriteAllBytes(folder.File("train.txt"), [0xff]);
        Assert.Contains("not valid UTF-8", Assert.Throws<UserErrorException>(() => Load()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Up_to_ten_faults_are_told_at_once()
    {
        string content = "sentence,label\n" + string.Concat(Enumerable.Repeat("a\n", 25));
        string[] lines = Assert.Throws<UserErrorException>(() => Read("train.csv", content)).Message.Split('\n');
        Assert.Equal(11, lines.Length);
        Assert.Contains("15 more", lines[10], StringComparison.Ordinal);
    }

    [Fact]
    public void Columns_are_chosen_by_name_or_by_their_kind()
    {
        const string content = "sentence,text,stars,label\na,b,3,0\n";
        Assert.Equal([new("a", 0)], Read("train.csv", content).Examples);
        Assert.Equal([new("b", 3)], Load(new TextColumns("text", "stars")).Examples);
        foreach (TextColumns wrong in (TextColumns[])[new("none"), new(null, "none"), new("text", "text")])
            Assert.Contains(wrong.Text ?? "none", Assert.Throws<UserErrorException>(() => Load(wrong)).Message, StringComparison.Ordinal);
        File.Delete(folder.File("train.csv"));
        Assert.Equal([new("b", 0)], Read("train.csv", "n,text,label\n1,b,0\n").Examples);
        Assert.Equal([new("x", 0)], Read("train.csv", "review,label\nx,0\n").Examples);
        File.Delete(folder.File("train.csv"));
        Assert.Equal([new("x", 2)], Read("train.jsonl", "{\"n\": 1, \"review\": \"x\", \"label\": 2}\n").Examples);
        Assert.Contains("does not hold texts", Assert.Throws<UserErrorException>(() => Load(new TextColumns("n"))).Message,
            StringComparison.Ordinal);
        File.Delete(folder.File("train.jsonl"));
        Assert.Equal([new("x", 1)], Read("train.tsv", "a\tb\nx\t1\n", new TextColumns("a", "b")).Examples);
        string refused = Assert.Throws<UserErrorException>(() => Load(new TextColumns("a", "c"))).Message;
        Assert.Contains("\"c\"", refused, StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_as_labels_get_numbers_in_ordinal_order_of_the_whole_training_split()
    {
        Write("train.csv", "text,label\na,neutral\nb,Zebra\nc,ant\nd,neutral\n");
        Write("dev.jsonl", "{\"text\": \"x\", \"label\": \"ant\"}\n");
        DatasetSplits splits = DatasetSplits.Load(folder.Path, maxExamples: 2);
        Assert.Equal(["Zebra", "ant", "neutral"], splits.Train.LabelNames);
        Assert.Equal([new("a", 2), new("b", 0)], splits.Train.Examples);
        Assert.Equal([new("x", 1)], splits.Evaluation.Examples);
        Assert.Equal(3, splits.Evaluation.LabelCount);
        Assert.Contains("labels: 0 = Zebra, 1 = ant, 2 = neutral", splits.Notices);

        Write("dev.jsonl", "{\"text\": \"x\", \"label\": \"cat\"}\n");
        string message = Assert.Throws<UserErrorException>(() => DatasetSplits.Load(folder.Path)).Message;
        Assert.Contains("\"cat\" is not one of the training split's: Zebra, ant, neutral", message, StringComparison.Ordinal);
        Write("dev.jsonl", "{\"text\": \"x\", \"label\": 0}\n");
        message = Assert.Throws<UserErrorException>(() => DatasetSplits.Load(folder.Path)).Message;
        Assert.Contains("is a number", message, StringComparison.Ordinal);
        Write("train.csv", "text,label\na,0\n");
        Write("dev.jsonl", "{\"text\": \"x\", \"label\": true}\n");
        message = Assert.Throws<UserErrorException>(() => DatasetSplits.Load(folder.Path)).Message;
        Assert.Contains("is a text", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Truth_values_are_named_and_minus_one_is_no_label()
    {
        TextDataset rows = Read("train.jsonl", "{\"text\": \"x\", \"label\": true}\n{\"text\": \"y\", \"label\": false}\n");
        Assert.Equal(["False", "True"], rows.LabelNames);
        Assert.Equal([1, 0], rows.Examples.Select(example => example.Label));
        rows = Read("train.jsonl", "{\"text\": \"x\", \"label\": -1}\n{\"text\": \"y\", \"label\": -1}\n");
        Assert.False(rows.HasLabels);
        Assert.All(rows.Examples, example => Assert.Equal(TextExample.NoLabel, example.Label));
        Assert.False(Read("train.jsonl", "{\"text\": \"x\"}\n").HasLabels);
    }

    [Fact]
    public void A_column_of_sentences_is_no_label()
    {
        string content = "text,label\n" + string.Concat(Enumerable.Range(0, 1001).Select(i => $"a,word{i}\n"));
        string message = Assert.Throws<UserErrorException>(() => Read("train.csv", content)).Message;
        Assert.Contains("is it the label?", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_without_end_is_refused()
    {
        using (FileStream stream = File.Create(folder.File("train.jsonl"))) stream.SetLength(200 << 20);
        Assert.Contains("line 1: longer than", Assert.Throws<UserErrorException>(() => Load()).Message, StringComparison.Ordinal);
        File.Delete(folder.File("train.jsonl"));
        using (FileStream stream = File.Create(folder.File("train.csv")))
        {
            stream.Write("sentence,label\n\""u8);
            stream.SetLength(200 << 20);
        }
        Assert.Contains("train.csv", Assert.Throws<UserErrorException>(() => Load()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(60000)]
    [InlineData(65536)]
    [InlineData(200000)]
    public void Lines_of_any_length_are_whole(int length)
    {
        string[] texts = [.. Enumerable.Range(0, 9).Select(i => new string((char)('a' + i), length + i))];
        TextDataset rows = Read("train.jsonl", string.Join('\n', texts.Select(text => $"{{\"text\": \"{text}\"}}")));
        Assert.Equal(texts, rows.Examples.Select(example => example.Text));
    }

    private void RequireFault(string name, string content, int line, string named)
    {
        var error = Assert.Throws<UserErrorException>(() => Read(name, content));
        string where = FormattableString.Invariant($"{folder.File(name)}, line {line}: ");
        Assert.StartsWith(where, error.Message, StringComparison.Ordinal);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    private void Write(string name, string content) => File.WriteAllText(folder.File(name), content, new UTF8Encoding(false));

    private TextDataset Load(TextColumns? columns = null) => TextDataset.Load(folder.Path, "train", columns: columns);

    private TextDataset Read(string name, string content, TextColumns? columns = null)
    {
        Write(name, content);
        return Load(columns);
    }
}

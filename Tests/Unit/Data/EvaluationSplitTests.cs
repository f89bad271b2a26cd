using LoraCluster.Data;

namespace LoraCluster.Tests.Unit.Data;

public sealed class EvaluationSplitTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_s_split_is_the_one_that_training_evaluates_on_or_the_one_that_is_named()
    {
        foreach ((string split, int rows) in new[] { ("train", 5), ("dev", 3), ("test", 2) })
            Write($"{split}.tsv", "sentence\tlabel\n" + string.Concat(Enumerable.Range(0, rows).Select(k => $"text {k}\t{k % 2}\n")));
        EvaluationSplit dev = EvaluationSplit.Load(_folder.Path), test = EvaluationSplit.Load(_folder.Path, "test");
        Assert.Equal(("dev", 3, "test", 2), (dev.Name, dev.Rows.Count, test.Name, test.Rows.Count));
        // What a run's identity is made of: the files that training reads.
        Assert.Equal(ContentHash.Of(DatasetFiles.Find(_folder.Path).Files), ContentHash.Of(dev.Files));
        Assert.Equal(2, EvaluationSplit.Load(_folder.Path, maxExamples: 2).Rows.Count);
        Assert.Equal(5, EvaluationSplit.Load(_folder.Path, "train").Rows.Count);
        Assert.Contains("no split valid", Assert.Throws<UserErrorException>(() => EvaluationSplit.Load(_folder.Path, "valid")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_that_are_texts_have_the_training_split_s_numbers()
    {
        Write("train.csv", "text,label\na,bad\nb,good\nc,middling\n");
        Write("dev.csv", "text,label\nd,middling\ne,good\n");
        EvaluationSplit dev = EvaluationSplit.Load(_folder.Path);
        Assert.Equal([2, 1], dev.Rows.Examples.Select(e => e.Label));
        Assert.Equal(["bad", "good", "middling"], dev.Rows.LabelNames);
    }

    [Fact]
    public void Of_one_file_all_rows_count_of_a_text_its_last_tenth_or_all()
    {
        string rows = Write("rows.csv", "text,label\na,1\nb,0\n");
        Assert.Equal(("all", 2), (EvaluationSplit.Load(rows).Name, EvaluationSplit.Load(rows, "all").Rows.Count));
        string text = Write("book.txt", string.Concat(Enumerable.Range(0, 100).Select(k => $"line {k:d2}\n")));
        string whole = EvaluationSplit.Load(text, "all").Rows.Texts[0], tenth = EvaluationSplit.Load(text).Rows.Texts[0];
        Assert.Equal(800, whole.Length);
        Assert.Equal(DatasetSplits.Load(text).Evaluation.Texts[0], tenth);
        Assert.Contains("--split all", EvaluationSplit.Load(text).Notices[0], StringComparison.Ordinal);
        Assert.Contains("allowed for one file is all", Assert.Throws<UserErrorException>(() => EvaluationSplit.Load(text, "test")).Message,
            StringComparison.Ordinal);
    }

    private string Write(string name, string text)
    {
        File.WriteAllText(_folder.File(name), text);
        return _folder.File(name);
    }
}

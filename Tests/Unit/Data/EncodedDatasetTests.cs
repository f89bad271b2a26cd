using LoraCluster.Data;
using LoraCluster.Tests.Unit.Tokenizers;
using LoraCluster.Tokenizers;

namespace LoraCluster.Tests.Unit.Data;

public sealed class EncodedDatasetTests
{
    [Fact]
    public void Rows_lie_one_after_the_other_in_order()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("train.tsv"), "sentence\tlabel\na b\t1\n\t0\nb a b a b\t2\n");
        BertTokenizer tokenizer = SmallVocabulary.Write(folder, "a", "b");
        EncodedDataset encoded = EncodedDataset.Encode(TextDataset.Load(folder.Path, "train"), tokenizer, maxLength: 5);
        Assert.Equal((3, 11), (encoded.Count, encoded.TokenCount));
        Assert.Equal([2, 5, 6, 3], encoded.Ids(0).ToArray());
        Assert.Equal([2, 3], encoded.Ids(1).ToArray());
        Assert.Equal([2, 6, 5, 6, 3], encoded.Ids(2).ToArray());
        Assert.Equal([1, 0, 2], Enumerable.Range(0, 3).Select(encoded.Label));
        Assert.Equal([4, 2, 5], Enumerable.Range(0, 3).Select(encoded.Length));
    }
}

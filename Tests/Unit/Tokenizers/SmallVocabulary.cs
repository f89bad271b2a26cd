using LoraCluster.Tokenizers;

namespace LoraCluster.Tests.Unit.Tokenizers;

/// <summary>A vocabulary of the special tokens (ids 0 to 4) and a few more, from id 5 on.</summary>
internal static class SmallVocabulary
{
    public const string Special = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";

    public static BertTokenizer Write(TemporaryFolder folder, params string[] tokens) => Write(folder, new BertTokenizerOptions(), tokens);

    public static BertTokenizer Write(TemporaryFolder folder, BertTokenizerOptions options, params string[] tokens)
    {
        File.WriteAllText(folder.File("vocab.txt"), Special + string.Concat(tokens.Select(token => token + "\n")));
        return BertTokenizer.FromVocabulary(folder.File("vocab.txt"), options);
    }
}

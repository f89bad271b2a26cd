namespace LoraCluster.Tests.Unit.Client;

/// <summary>Folders that look like a model and a data set from outside.</summary>
internal sealed class ModelAndData : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ModelAndData()
    {
        Model = Directory.CreateDirectory(_folder.File("model")).FullName;
        Dataset = Directory.CreateDirectory(_folder.File("data")).FullName;
        foreach (string name in (string[])["config.json", "model.safetensors"]) File.WriteAllText(Path.Combine(Model, name), "{}");
        File.WriteAllText(Path.Combine(Model, "vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\ngood\nbad\n");
        foreach (string name in (string[])["train.tsv", "dev.tsv"]) File.WriteAllText(Path.Combine(Dataset, name), "sentence\tlabel\ngood\t1\nbad\t0\n");
    }

    public string Model { get; }

    public string Dataset { get; }

    public string PathOf(string name) => _folder.File(name);

    public string[] Train(params string[] more) => ["train", "--model", Model, "--dataset", Dataset, .. more];

    public void Dispose() => _folder.Dispose();
}

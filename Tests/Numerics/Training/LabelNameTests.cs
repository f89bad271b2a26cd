using System.Text.Json;
using LoraCluster.Data;
using LoraCluster.Models;
using LoraCluster.Tests.Cluster;
using LoraCluster.Tokenizers;
using LoraCluster.Training;

namespace LoraCluster.Tests.Numerics.Training;

/// <summary>Labels that are texts: their names go along, and never against those that a model brings.</summary>
public sealed class LabelNameTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Names_of_the_data_become_the_model_s()
    {
        using BaseModel model = BaseModel.Load(TinyEncoder.Write(_folder).Model);
        using TrainingReplica replica = Replica(model);
        byte[] config = replica.ExportResult().Single(f => f.Name == "config.json").Content;
        JsonElement names = JsonDocument.Parse(config).RootElement.GetProperty("id2label");
        Assert.Equal(("bad", "good", "so so"), (Name(names, 0), Name(names, 1), Name(names, 2)));
    }

    [Fact]
    public void Names_that_the_model_has_in_another_order_are_refused()
    {
        string folder = TinyEncoder.Write(_folder).Model, config = Path.Combine(folder, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"model_type\"",
            "\"id2label\": {\"0\": \"good\", \"1\": \"BAD\", \"2\": \"so so\"}, \"model_type\"", StringComparison.Ordinal));
        using BaseModel model = BaseModel.Load(folder);
        var error = Assert.Throws<UserErrorException>(() => Replica(model));
        Assert.Contains("the data's labels are 0 = bad, 1 = good, 2 = so so; the model's are 0 = good, 1 = BAD", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_whole_model_takes_the_tokenizer_of_its_base_along_and_an_adapter_does_not()
    {
        string folder = TinyEncoder.Write(_folder).Model;
        using BaseModel model = BaseModel.Load(folder);
        using TrainingReplica replica = Replica(model);
        File.WriteAllText(Path.Combine(folder, "spiece.model"), "of any name");
        IReadOnlyList<ResultFile> companions = ResultFiles.CompanionsOf(TrainingMethod.Full, folder);
        Assert.Equal(["vocab.txt", "spiece.model"], companions.Select(f => f.Name));
        Assert.Equal(File.ReadAllBytes(Path.Combine(folder, "vocab.txt")), companions[0].Content);
        Assert.Empty(companions.Select(f => f.Name).Intersect(replica.ExportResult().Select(f => f.Name)));
        Assert.Empty(ResultFiles.CompanionsOf(TrainingMethod.Lora, folder));
    }

    private static string? Name(JsonElement names, int label) => names.GetProperty(FormattableString.Invariant($"{label}")).GetString();

    private TrainingReplica Replica(BaseModel model)
    {
        string rows = _folder.File("train.csv");
        File.WriteAllText(rows, "text,label\nw1 w2,good\nw3,bad\nw4,so so\n");
        File.Copy(rows, _folder.File("dev.csv"));
        EncodedDataset data = EncodedDataset.Encode(DatasetSplits.Load(_folder.Path).Train,
            TokenizerFolder.Load(_folder.File("model")), 16);
        return new TrainingReplica(model, new TrainingOptions { Method = TrainingMethod.Full, MaxSteps = 1 }, data, data, "model");
    }
}

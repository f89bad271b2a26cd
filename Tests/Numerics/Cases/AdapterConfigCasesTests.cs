using System.Text.Json;
using System.Text.RegularExpressions;
using LoraCluster.Adapters;
using LoraCluster.Models;
using LoraCluster.Tests.Numerics.Fidelity;
using LoraCluster.Training;
using static TorchSharp.torch;

namespace LoraCluster.Tests.Numerics.Cases;

/// <summary>f19: adapter_config.json of other versions, missing and unknown fields.</summary>
[Trait("Category", "Cases")]
public sealed class AdapterConfigCasesTests
{
    public static IEnumerable<TheoryDataRow<string, string, bool>> Adapters()
    {
        foreach (string name in CaseFolder.Of("f19").Select(r => r.Data))
        {
            if (!File.Exists(Path.Combine(SharedData.Cases, name, "expected.json")))
            {
                yield return new TheoryDataRow<string, string, bool>(name, "none", true);
                continue;
            }
            JsonElement expected = CaseFolder.Open(name).Expected;
            foreach (JsonElement run in expected.GetProperty("runs").EnumerateArray())
                yield return new TheoryDataRow<string, string, bool>(name, run.GetProperty("name").GetString()!, true);
            foreach (JsonElement refused in expected.GetProperty("refuse").EnumerateArray())
                yield return new TheoryDataRow<string, string, bool>(name, refused.GetProperty("adapter").GetString()!, false);
        }
    }

    [Theory]
    [MemberData(nameof(Adapters))]
    public void Loads_to_the_right_numbers_or_is_refused_by_name(string name, string adapter, bool loads)
    {
        (string folder, JsonElement expected) = CaseFolder.Open(name);
        using BaseModel model = BaseModel.Load(Path.Combine(folder, expected.GetProperty("base").GetString()!));
        TrainableModel Load() => TrainableModel.WithAdapter(model, AdapterFolder.Read(Path.Combine(folder, adapter)));
        if (!loads)
        {
            JsonElement refused = expected.GetProperty("refuse").EnumerateArray()
                .Single(r => r.GetProperty("adapter").GetString() == adapter);
            string message = Assert.Throws<UserErrorException>(Load).Message;
            Assert.All(refused.GetProperty("must_name").Deserialize<string[]>()!, n => Assert.Matches($@"\b{Regex.Escape(n)}\b", message));
            return;
        }
        JsonElement run = expected.GetProperty("runs").EnumerateArray().Single(r => r.GetProperty("name").GetString() == adapter);
        int[][] ids = run.GetProperty("input_ids").Deserialize<int[][]>()!;
        using TrainableModel trained = Load();
        Assert.All(trained.Adapters, a => Assert.Equal(run.GetProperty("scaling").GetDouble(), a.Scaling, 1e-8));
        using TokenBatch batch = TokenBatch.Of(ids, new int[ids.Length], model.Config.PadId);
        using Tensor logits = trained.Logits(batch);
        Fixture.Near(run.GetProperty("logits").Flat(), logits.data<float>().ToArray(), run.GetProperty("atol").GetDouble(), "logits");
    }
}

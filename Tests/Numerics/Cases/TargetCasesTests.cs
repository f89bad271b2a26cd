using System.Text.Json;
using LoraCluster.Adapters;
using LoraCluster.Models;
using LoraCluster.Training;

namespace LoraCluster.Tests.Numerics.Cases;

/// <summary>f16: which modules a LoRA configuration takes, and how many parameters.</summary>
[Trait("Category", "Cases")]
public sealed class TargetCasesTests
{
    public static IEnumerable<TheoryDataRow<string, string>> Queries()
    {
        foreach (string name in CaseFolder.Of("f16").Select(r => r.Data))
        {
            string path = Path.Combine(SharedData.Cases, name, "expected.json");
            if (!File.Exists(path)) yield return new TheoryDataRow<string, string>(name, "none");
            else
            {
                foreach (JsonElement q in JsonDocument.Parse(File.ReadAllBytes(path)).RootElement.GetProperty("queries").EnumerateArray())
                    yield return new TheoryDataRow<string, string>(name, q.GetProperty("id").GetString()!);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Queries))]
    public void Takes_what_peft_takes(string name, string id)
    {
        (string folder, JsonElement expected) = CaseFolder.Open(name);
        JsonElement query = expected.GetProperty("queries").EnumerateArray().Single(q => q.GetProperty("id").GetString() == id);
        string modelFolder = Path.Combine(folder, query.GetProperty("model").GetString()!);
        using BaseModel model = BaseModel.Load(modelFolder);
        string json = query.GetProperty("config").GetRawText();
        if (query.TryGetProperty("refuse", out JsonElement refuse) && refuse.GetBoolean())
        {
            var error = Assert.Throws<UserErrorException>(() => TrainablePlan.Of(model, new TrainingOptions { Lora = Config(json) }, 2));
            Assert.All(query.GetProperty("must_name").Deserialize<string[]>()!, n =>
                Assert.Contains(n, error.Message, StringComparison.Ordinal));
            return;
        }
        TrainablePlan plan = TrainablePlan.Of(model, new TrainingOptions { Lora = Config(json) }, 2);
        JsonElement wanted = query.GetProperty("targets");
        Assert.Equal(wanted.Deserialize<string[]>()!.Order(), plan.Targets.Order());
        Assert.Equal(query.GetProperty("trainable_parameters").GetInt64(), plan.Layout.Length);
        Assert.Equal(query.GetProperty("adapter_parameters").GetInt64(),
            plan.Layout.Slots.Where(s => s.Name.Contains(".lora_", StringComparison.Ordinal)).Sum(s => (long)s.Length));
        if (query.TryGetProperty("must_report", out JsonElement report)) Assert.Equal(report.Deserialize<string[]>(),
            plan.Injection.UnmatchedEntries);
    }

    private static LoraConfig Config(string json) => AdapterFolder.ParseConfig(json, "the query");
}

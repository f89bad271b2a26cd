using System.Text.Json;
using LoraCluster.Training;

namespace LoraCluster.Tests.Unit.Training;

[Trait("Category", "Fidelity")]
public sealed class LearningRateScheduleTests
{
    [Theory]
    [InlineData("linear", ScheduleKind.Linear)]
    [InlineData("cosine", ScheduleKind.Cosine)]
    [InlineData("constant", ScheduleKind.Constant)]
    public void Rates_are_transformers(string name, ScheduleKind kind)
    {
        string path = SharedData.Require(Path.Combine(SharedData.Fixtures, "schedules.json"));
        JsonElement root = JsonDocument.Parse(File.ReadAllBytes(path)).RootElement;
        JsonProperty schedule = root.GetProperty("lr_used_at_step").EnumerateObject()
            .First(p => p.Name.Contains(name, StringComparison.Ordinal));
        double[] rates = schedule.Value.Deserialize<double[]>()!;
        var mine = new LearningRateSchedule(kind, 1e-3, 3, 20);
        for (int step = 0; step < rates.Length; step++) Assert.Equal(rates[step], mine.At(step), 1e-12);
    }
}

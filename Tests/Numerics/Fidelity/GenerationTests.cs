using System.Text.Json;
using LoraCluster.Generation;
using LoraCluster.Models;
using LoraCluster.Tokenizers;
using LoraCluster.Training;
using static TorchSharp.torch;

namespace LoraCluster.Tests.Numerics.Fidelity;

/// <summary>Greedy text is the reference's, token by token: one prompt at a time, in a left-padded batch, with adapters, merged.</summary>
[Trait("Category", "Fidelity")]
public sealed class GenerationTests
{
    private static readonly GenerationOptions Twenty = new() { MaxNewTokens = 20, StopIds = [] };

    public static IEnumerable<TheoryDataRow<string, string>> Greedy()
    {
        if (!Directory.Exists(SharedData.Fixtures)) return [new TheoryDataRow<string, string>("none", "none")];
        return from model in Directory.GetDirectories(SharedData.Fixtures).Order(StringComparer.Ordinal)
               where File.Exists(Path.Combine(model, "generate_base.json"))
               from variant in Directory.GetDirectories(model).Order(StringComparer.Ordinal)
               let name = Path.GetFileName(variant)
               where name == "base" || Directory.Exists(Path.Combine(variant, "adapter"))
               select new TheoryDataRow<string, string>(Path.GetFileName(model), name);
    }

    [Theory]
    [MemberData(nameof(Greedy))]
    public void Greedy_tokens_are_the_reference_s(string model, string variant)
    {
        string folder = Fixture.Require(model), own = Path.Combine(folder, variant);
        using BaseModel baseModel = BaseModel.Load(Path.Combine(folder, "base"), device: TestDevice.Current);
        using TrainableModel trained = variant == "base" ? TrainableModel.Frozen(baseModel)
            : TrainableModel.WithAdapter(baseModel, Fixture.Adapter(own));
        JsonElement expected = variant == "base" ? Fixture.Json(Path.Combine(folder, "generate_base.json"))
            : Fixture.Json(Path.Combine(own, "expected.json"));
        JsonElement[] texts = [.. expected.GetProperty("greedy").EnumerateArray()];
        int[][] prompts = [.. texts.Select(t => Ids(t, "prompt"))], wanted = [.. texts.Select(t => Ids(t, "new_tokens"))];
        var generator = new TextGenerator(trained);

        for (int k = 0; k < prompts.Length; k++) Assert.Equal(wanted[k], generator.Generate([prompts[k]], Twenty)[0]);
        var heard = new List<(int Row, int Id)>();
        IReadOnlyList<int[]> together = generator.Generate(prompts, Twenty, (row, id) => heard.Add((row, id)));
        Assert.Equal(wanted, together);
        Assert.Equal(wanted[1], heard.Where(h => h.Row == 1).Select(h => h.Id));
        if (variant == "base") return;
        trained.Merge();
        Assert.Equal(wanted, generator.Generate(prompts, Twenty));
    }

    [Theory]
    [InlineData("stories260K", "tok512.model")]
    [InlineData("babyllama-tok105", "tok105.model")]
    public void Real_models_write_their_reference_text(string name, string tokenizerFile)
    {
        string folder = SharedData.Require(Path.Combine(SharedData.Data, name));
        JsonElement expected = Fixture.Json(Path.Combine(folder, "reference.json"));
        using BaseModel baseModel = BaseModel.Load(folder, device: TestDevice.Current);
        using TrainableModel model = TrainableModel.Frozen(baseModel);
        int[] wanted = Ids(expected, "greedy_token_ids");
        int[] written = [wanted[0], .. new TextGenerator(model).Generate([[wanted[0]]],
            new GenerationOptions { MaxNewTokens = wanted.Length - 1, StopIds = [] })[0]];
        Assert.Equal(wanted, written);

        ITextTokenizer tokenizer = TokenizerFolder.Load(Path.Combine(folder, tokenizerFile));
        string text = expected.GetProperty("greedy_text").GetString()!;
        Assert.Equal(text.TrimStart(), tokenizer.Decode(written).TrimStart());
        var stream = new StreamedText(tokenizer, wanted.AsMemory(0, 1));
        string streamed = string.Concat(wanted[1..].Select(stream.Add)) + stream.Finish();
        Assert.Equal(text.TrimStart(), streamed.TrimStart());

        int[] prompt = Ids(expected, "logits_prompt_ids");
        using TokenBatch batch = TokenBatch.ForLanguageModel([prompt], 0, TestDevice.Current);
        using Tensor logits = model.Logits(batch);
        float[] all = logits.cpu().data<float>().ToArray();
        int vocabulary = baseModel.Config.VocabularySize;
        Fixture.Near(Floats(expected, "logits_last_position"), all.AsSpan((prompt.Length - 1) * vocabulary), 1e-4, "logits");
        if (expected.TryGetProperty("logits_position0_first8", out JsonElement _))
            Fixture.Near(Floats(expected, "logits_position0_first8"), all.AsSpan(0, 8), 1e-4, "logits of the first token");
    }

    [Fact]
    public void A_text_ends_at_its_end_token_and_at_the_model_s_positions()
    {
        string folder = SharedData.Require(Path.Combine(SharedData.Data, "stories260K"));
        using BaseModel baseModel = BaseModel.Load(folder, device: TestDevice.Current);
        using TrainableModel model = TrainableModel.Frozen(baseModel);
        var generator = new TextGenerator(model);
        int[] story = generator.Generate([[1]], new GenerationOptions { MaxNewTokens = 10_000, StopIds = [] })[0];
        Assert.Equal(baseModel.Config.Positions - 1, story.Length);
        int stop = story[30];
        int[] first = [.. story.TakeWhile(id => id != stop), stop];
        IReadOnlyList<int[]> stopped = generator.Generate([[1], [1, story[0]]],
            new GenerationOptions { MaxNewTokens = 100, StopIds = [stop] });
        Assert.Equal(first, stopped[0]);
        Assert.Equal(first[1..], stopped[1]);
        Assert.Throws<UserErrorException>(() => generator.Generate([[]], Twenty));
        Assert.Throws<UserErrorException>(() => generator.Generate([[1, 512]], Twenty));
        Assert.Contains("511", Assert.Throws<UserErrorException>(() => generator.Generate([new int[512]], Twenty)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Sampling_follows_its_seed_and_nearly_greedy_settings_are_greedy()
    {
        string folder = SharedData.Require(Path.Combine(SharedData.Data, "stories260K"));
        using BaseModel baseModel = BaseModel.Load(folder, device: TestDevice.Current);
        using TrainableModel model = TrainableModel.Frozen(baseModel);
        var generator = new TextGenerator(model);
        int[] Text(GenerationOptions options) => generator.Generate([[1]], options with { MaxNewTokens = 40, StopIds = [] })[0];
        int[] greedy = Text(new GenerationOptions()), sampled = Text(new GenerationOptions { Temperature = 1, Seed = 3 });
        Assert.Equal(sampled, Text(new GenerationOptions { Temperature = 1, Seed = 3 }));
        Assert.NotEqual(sampled, Text(new GenerationOptions { Temperature = 1, Seed = 4 }));
        Assert.NotEqual(greedy, sampled);
        Assert.Equal(greedy, Text(new GenerationOptions { Temperature = 1, TopK = 1 }));
        Assert.Equal(greedy, Text(new GenerationOptions { Temperature = 1, TopP = 1e-6 }));
        Assert.Equal(greedy, Text(new GenerationOptions { Temperature = 1e-4 }));
    }

    [Fact]
    public void A_classifier_writes_no_text()
    {
        using BaseModel baseModel = BaseModel.Load(Path.Combine(Fixture.Require("bert-tiny"), "base"));
        using TrainableModel model = TrainableModel.Frozen(baseModel);
        Assert.Throws<UserErrorException>(() => new TextGenerator(model));
    }

    private static int[] Ids(JsonElement json, string name) => json.GetProperty(name).Deserialize<int[]>()!;

    private static float[] Floats(JsonElement json, string name) => json.GetProperty(name).Deserialize<float[]>()!;
}

using System.Diagnostics;
using System.Text.Json;

namespace LoraCluster.Tests.Numerics.Merging;

/// <summary>A question to transformers and PEFT: the logits of a model, alone or with adapters.</summary>
/// <param name="Name">Names it.</param>
/// <param name="Model">The model's folder.</param>
/// <param name="Task">The model's task.</param>
/// <param name="Batch">A batch.json.</param>
/// <param name="Adapters">Adapter folders.</param>
/// <param name="Combination">How the adapters are combined; null: the first alone.</param>
/// <param name="Weights">Their weights.</param>
/// <param name="Strict">Whether missing or left-over tensors of the model are a fault.</param>
internal sealed record PeftQuestion(string Name, string Model, string Task, string Batch, IReadOnlyList<string> Adapters,
    string? Combination = null, IReadOnlyList<double>? Weights = null, bool Strict = false);

/// <summary>Transformers and PEFT themselves, where they are at hand; else the test skips.</summary>
internal static class PeftReference
{
    private static readonly TimeSpan SetupPatience = TimeSpan.FromMinutes(3), Patience = TimeSpan.FromMinutes(4);

    /// <summary>The answers of one process to all questions; what went wrong with one fails the test.</summary>
    public static Task<Dictionary<string, float[]>> AskAsync(IReadOnlyList<PeftQuestion> questions, TemporaryFolder folder) =>
        AskAsync("Merging/ask_peft.py", questions, folder);

    /// <summary>The same by another script, below this folder's parent.</summary>
    public static async Task<Dictionary<string, float[]>> AskAsync<T>(string scriptPath, IReadOnlyList<T> questions, TemporaryFolder folder)
    {
        string setup = SharedData.Require(Path.Combine(SharedData.Root, "reference", "setup"));
        string script = Path.Combine(SharedData.RepositoryRoot(), "Tests", "Numerics", scriptPath);
        (int code, string environment) = await RunAsync(setup, [], null, SetupPatience);
        Assert.SkipUnless(code == 0, $"the optional reference cannot be set up here: {environment}");
        string asked = folder.File("questions.json"), answered = folder.File("answers.json");
        var options = new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };
        await File.WriteAllTextAsync(asked, JsonSerializer.Serialize(questions, options));
        const string variable = "PYTHONPATH=";
        string path = environment.Split('\n').Last(line => line.StartsWith(variable, StringComparison.Ordinal))[variable.Length..];
        (code, string said) = await RunAsync("python3", [script, asked, answered], path.Trim(), Patience);
        Assert.True(code == 0, said);

        JsonElement answers = JsonDocument.Parse(await File.ReadAllBytesAsync(answered)).RootElement;
        string errors = string.Join('\n', answers.EnumerateObject().Where(a => a.Value.TryGetProperty("error", out _))
            .Select(a => $"{a.Name}: {a.Value.GetProperty("error").GetString()}"));
        Assert.True(errors.Length == 0, errors);
        return answers.EnumerateObject().ToDictionary(a => a.Name, a => a.Value.GetProperty("logits").Deserialize<float[]>()!,
            StringComparer.Ordinal);
    }

    private static async Task<(int Code, string Output)> RunAsync(string program, string[] arguments, string? pythonPath, TimeSpan patience)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (pythonPath is not null) start.Environment["PYTHONPATH"] = pythonPath;
        using var process = Process.Start(start)!;
        using var bound = new CancellationTokenSource(patience);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(bound.Token);
            Task<string> error = process.StandardError.ReadToEndAsync(bound.Token);
            await process.WaitForExitAsync(bound.Token);
            return (process.ExitCode, await output + await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} did not end within {patience}");
        }
    }
}

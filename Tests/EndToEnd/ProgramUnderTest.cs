using System.Diagnostics;
using System.Runtime.InteropServices;

namespace LoraCluster.Tests.EndToEnd;

/// <summary>One of our programs as a process of its own. Waits are for lines and for the end, each within a bound.</summary>
internal sealed class ProgramUnderTest : IAsyncDisposable
{
    public const int Interrupt = 2, Kill = 9, Terminate = 15;
    private readonly Process process;
    private readonly List<string> lines = [];
    private readonly List<(string Text, TaskCompletionSource<string> Seen)> waiting = [];
    private readonly string name;

    private ProgramUnderTest(Process process, string name) => (this.process, this.name) = (process, name);

    public int ProcessId => process.Id;

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (lines) return [.. lines];
        }
    }

    public static ProgramUnderTest Start(string project, string[] args, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", [Assembly(project), .. args]) { RedirectStandardOutput = true,
            RedirectStandardError = true };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var program = new ProgramUnderTest(new Process { StartInfo = start, EnableRaisingEvents = true }, project);
        program.process.OutputDataReceived += (_, e) => program.Read(e.Data);
        program.process.ErrorDataReceived += (_, e) => program.Read(e.Data);
        Assert.True(program.process.Start());
        program.process.BeginOutputReadLine();
        program.process.BeginErrorReadLine();
        return program;
    }

    /// <summary>Runs to its end.</summary>
    public static async Task<(int ExitCode, IReadOnlyList<string> Lines)> RunAsync(
        string project, string[] args, TimeSpan patience, params (string Name, string Value)[] environment)
    {
        await using var program = Start(project, args, environment);
        return (await program.ExitAsync(patience), program.Lines);
    }

    /// <summary>The first line, past or to come, that contains the text.</summary>
    public async Task<string> LineAsync(string text, TimeSpan patience)
    {
        var seen = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (lines)
        {
            if (lines.Find(l => l.Contains(text, StringComparison.Ordinal)) is { } there) return there;
            waiting.Add((text, seen));
        }
        var end = process.WaitForExitAsync();
        var first = await Task.WhenAny(seen.Task, end).WaitAsync(patience).ContinueWith(t => t.IsCompletedSuccessfully ? t.Result : null);
        if (first == seen.Task || seen.Task.IsCompletedSuccessfully) return await seen.Task;
        string when = first == end ? "before it ended" : $"within {patience.TotalSeconds} s";
        Assert.Fail($"{name}: '{text}' not seen {when}. It wrote:\n{All()}");
        return "";
    }

    public async Task<int> ExitAsync(TimeSpan patience)
    {
        try
        {
            await process.WaitForExitAsync().WaitAsync(patience);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"{name} did not end within {patience.TotalSeconds} s. It wrote:\n{All()}");
        }
        return process.ExitCode;
    }

    public void Send(int signal) => Send(process.Id, signal);

    public static void Send(int processId, int signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are those of Unix");
        Assert.Equal(0, kill(processId, signal));
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }
        process.Dispose();
    }

    private string All() => string.Join('\n', Lines);

    private void Read(string? line)
    {
        if (line is null) return;
        lock (lines)
        {
            lines.Add(line);
            foreach (var (text, seen) in waiting)
            {
                if (line.Contains(text, StringComparison.Ordinal)) seen.TrySetResult(line);
            }
        }
    }

    /// <summary>As it was built with the tests: bin/Debug/net10.0.</summary>
    private static string Assembly(string project)
    {
        string root = SharedData.RepositoryRoot();
        string build = Path.GetRelativePath(Path.Combine(root, "Tests"), AppContext.BaseDirectory);
        string path = Path.Combine(root, project, build, $"{project}.dll");
        Assert.True(File.Exists(path), $"{path} is not built");
        return path;
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int kill(int processId, int signal);
}

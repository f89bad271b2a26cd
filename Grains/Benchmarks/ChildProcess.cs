using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace LoraCluster.Grains.Benchmarks;

/// <summary>
/// A process of the silo's own program that does one piece of work and ends, so that its memory and its start are that work's alone. It
/// gets its request as a line on its standard input and ends when that closes: so it does not outlive the silo.
/// </summary>
internal static class ChildProcess
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);
    private const string Program = "Silo";
    private const int KeptLines = 20;

    /// <summary>Does it and waits; blocks.</summary>
    /// <param name="request">What is to be done.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="stopping">Kills the process.</param>
    /// <exception cref="UserErrorException">It cannot be done, or the process ended without an answer.</exception>
    public static T Run<T>(ChildRequest request, Action<ChildProgress> progress, CancellationToken stopping) where T : ChildAnswer
    {
        var errors = new ConcurrentQueue<string>();
        using Process process = Start(errors);
        using CancellationTokenRegistration kill = stopping.Register(() => process.Kill(entireProcessTree: true));
        try
        {
            process.StandardInput.WriteLine(ChildJson.Write(request));
            process.StandardInput.Flush();
            while (process.StandardOutput.ReadLine() is { } line)
            {
                switch (AnswerOf(line))
                {
                    case T result: return result;
                    case ChildProgress step: progress(step); break;
                    case ChildFault fault: throw new UserErrorException(fault.Message);
                }
            }
        }
        catch (IOException) when (!stopping.IsCancellationRequested) { /* it ended before it was asked: told below */ }
        finally
        {
            process.StandardInput.Close();
            if (!process.WaitForExit(StopPatience)) process.Kill(entireProcessTree: true);
        }
        stopping.ThrowIfCancellationRequested();
        process.WaitForExit();
        throw new UserErrorException(string.Create(CultureInfo.InvariantCulture,
            $"the process of the benchmark ended with code {process.ExitCode} and no result: {string.Join(" | ", errors)}"));
    }

    private static Process Start(ConcurrentQueue<string> errors)
    {
        (string file, string[] arguments) = CommandLine();
        var start = new ProcessStartInfo(file, [.. arguments, BenchmarkChild.Argument])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        var process = new Process { StartInfo = start };
        process.ErrorDataReceived += (_, line) =>
        {
            if (string.IsNullOrWhiteSpace(line.Data)) return;
            errors.Enqueue(line.Data);
            if (errors.Count > KeptLines) errors.TryDequeue(out string? _);
        };
        process.Start();
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>The silo's own program: started by its name, or as a dll by the dotnet host.</summary>
    private static (string File, string[] Arguments) CommandLine()
    {
        string self = Environment.ProcessPath ?? "dotnet", name = Path.GetFileNameWithoutExtension(self);
        if (name == Program) return (self, []);
        string dll = Path.Combine(AppContext.BaseDirectory, Program + ".dll");
        if (!File.Exists(dll)) throw new UserErrorException($"{dll} is not there, which this benchmark starts as a process");
        return (name == "dotnet" ? self : "dotnet", [dll]);
    }

    private static ChildAnswer? AnswerOf(string line)
    {
        // Libraries may print too.
        if (!line.StartsWith('{')) return null;
        try { return ChildJson.Read<ChildAnswer>(line); }
        catch (Exception e) when (e is JsonException or NotSupportedException) { return null; }
    }
}

using LoraCluster.Kernels;

namespace LoraCluster.Grains.Benchmarks;

/// <summary>The other end of <see cref="ChildProcess"/>: what the silo's program does when it is started for a benchmark.</summary>
public static class BenchmarkChild
{
    /// <summary>The argument that makes the program one.</summary>
    public const string Argument = "benchmark-child";

    /// <summary>Reads a request, does it, writes the answer. Returns the exit code.</summary>
    public static int Run(TextReader input, TextWriter output)
    {
        if (input.ReadLine() is not { } line) return 1;
        // Whoever asked keeps the input open until it has the answer.
        var watch = new Thread(() =>
        {
            input.ReadToEnd();
            Environment.Exit(1);
        }) { IsBackground = true };
        void Write(ChildAnswer answer)
        {
            output.WriteLine(ChildJson.Write(answer));
            output.Flush();
        }
        ChildAnswer result;
        try
        {
            ChildRequest request = ChildJson.Read<ChildRequest>(line);
            watch.Start();
            TorchThreads.Set(request.Threads);
            result = request switch
            {
                ChildTraining training => TrainingChild.Run(training, Write),
                ChildLoading loading => LoadingChild.Run(loading),
                _ => new ChildFault($"a {request.GetType().Name} is not known"),
            };
        }
        catch (UserErrorException e) { result = new ChildFault(e.Message); }
        Write(result);
        return result is ChildFault ? 1 : 0;
    }
}

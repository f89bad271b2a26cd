using LoraCluster.Adapters;
using LoraCluster.Client;
using LoraCluster.Grains;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Runs;
using LoraCluster.Grains.Work;
using LoraCluster.Merging;
using LoraCluster.Tests.Unit.Client;

namespace LoraCluster.Tests.Cluster;

/// <summary>Merging by the console on real grains and tensors.</summary>
public sealed class MergeOnClusterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_run_s_adapter_is_merged_by_its_id_or_from_its_folder_to_the_same_files()
    {
        await using FakeCluster cluster = await FakeCluster.StartRealAsync(2);
        (string model, string run) = await TrainAsync(cluster);
        using ClientRun pull = ConsoleOn.Cluster(cluster), byRun = ConsoleOn.Cluster(cluster), byFolder = ConsoleOn.Cluster(cluster),
            both = ConsoleOn.Cluster(cluster);
        Assert.Equal(ExitCodes.Success, await pull.RunAsync("adapter", "pull", run, "--output", _folder.File("adapter")));
        Assert.Equal(ExitCodes.Success, await byRun.RunAsync("merge", "-m", model, "-a", run, "-o", _folder.File("one"), "--json"));
        Assert.Equal(ExitCodes.Success, await byFolder.RunAsync("merge", "-m", model, "-a", _folder.File("adapter"),
            "-o", _folder.File("two")));
        using (MergedModel merged = MergedModel.Open(model, AdapterFolder.Read(_folder.File("adapter"))))
            merged.WriteTo(_folder.File("here"));
        string[] names = [.. Directory.GetFiles(_folder.File("here")).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];
        Assert.Equal(["config.json", "model.safetensors", "vocab.txt"], names);
        foreach (string output in new[] { "one", "two" })
        {
            foreach (string name in names)
            {
                Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(_folder.File("here"), name)),
                    await File.ReadAllBytesAsync(Path.Combine(_folder.File(output), name)));
            }
        }

        Assert.Equal(ExitCodes.Success, await both.RunAsync("merge", "-m", model, "-a", run, "-a", _folder.File("adapter"),
            "--combination", "cat", "--weights", "0.5,0.5", "--adapter-only", "-o", _folder.File("combined")));
        AdapterFolder combined = AdapterFolder.Read(_folder.File("combined"));
        Assert.Equal((4, true), (combined.Config.Rank, combined.Config.TrainsHead));
        Assert.Contains("2 adapters combined to one of rank 4", both.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_does_not_fit_is_told_and_nothing_is_left()
    {
        await using FakeCluster cluster = await FakeCluster.StartRealAsync(1);
        (string model, string run) = await TrainAsync(cluster);
        Directory.CreateDirectory(_folder.File("foreign"));
        await File.WriteAllTextAsync(_folder.File("foreign/adapter_config.json"),
            """{"peft_type": "LORA", "r": 2, "target_modules": ["q_proj"]}""");
        using ClientRun foreign = ConsoleOn.Cluster(cluster), none = ConsoleOn.Cluster(cluster);
        Assert.Equal(ExitCodes.Failed, await foreign.RunAsync("merge", "-m", model, "-a", _folder.File("foreign"),
            "-o", _folder.File("x")));
        Assert.Contains(_folder.File("foreign/adapter_model.safetensors"), foreign.Errors, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Failed, await none.RunAsync("merge", "--redis", "10.0.0.5:6379", "-m", "/none/model", "-a", run,
            "-o", _folder.File("x")));
        Assert.Contains("the model folder /none/model does not exist on", none.Errors, StringComparison.Ordinal);
        Assert.Equal(["dataset", "foreign", "model"],
            Directory.GetFileSystemEntries(_folder.Path).Select(p => Path.GetFileName(p)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_reader_that_stops_in_the_middle_makes_room_for_the_next()
    {
        await using FakeCluster cluster = await FakeCluster.StartRealAsync(1);
        (string model, string run) = await TrainAsync(cluster);
        NodeStatus silo = Assert.Single(await cluster.Grains.GetGrain<IClusterGrain>(0).GetNodesAsync());
        IModelWorkGrain work = cluster.Grains.GetGrain<IModelWorkGrain>(IModelWorkGrain.KeyOf(silo));
        RunStatus status = (await cluster.Grains.GetGrain<IRunGrain>(run).GetStatusAsync())!;
        var spec = new MergeSpec { ModelPath = model, Adapters = [new AdapterSource(run, null, status.Result!.ArtifactId)] };
        for (int time = 0; time < WorkThreads.MostAtOnce + 2; time++)
        {
            await foreach (FolderPart part in work.MergeAsync(spec).WithBatchSize(1))
            {
                Assert.IsType<FolderStart>(part);
                break;
            }
        }
        List<FolderPart> parts = [];
        await foreach (FolderPart part in work.MergeAsync(spec).WithBatchSize(2)) parts.Add(part);
        Assert.Equal(3, parts.OfType<FolderFileEnd>().Count());
        Assert.Equal(((FolderStart)parts[0]).Files.Sum(f => f.Length), parts.OfType<FolderBytes>().Sum(p => p.Bytes.Length));
    }

    private async Task<(string Model, string Run)> TrainAsync(FakeCluster cluster)
    {
        (string model, string dataset) = TinyEncoder.Write(_folder);
        IRunGrain run = await cluster.SubmitAsync(new RunSpec
        {
            ModelPath = model, DatasetPath = dataset, Rank = 2, GlobalBatchSize = 8, MicroBatchSize = 4, MaxSteps = 3, MaxLength = 24,
        });
        return (model, (await FakeCluster.UntilAsync(run, RunState.Completed)).RunId);
    }}

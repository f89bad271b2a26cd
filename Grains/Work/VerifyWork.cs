using LoraCluster.Adapters;
using LoraCluster.Data;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Trainers;
using LoraCluster.Hub;
using LoraCluster.Models;
using LoraCluster.Tokenizers;
using LoraCluster.Training;
using LoraCluster.Verification;
using Microsoft.Extensions.Options;
using TorchSharp;

namespace LoraCluster.Grains.Work;

/// <summary>Runs the integrity check of a language model on this silo's device; the adapter is written to a temporary folder.</summary>
internal sealed class VerifyWork(VerifySpec spec, BaseModelCache cache, HubFolders hub, IOptions<NodeOptions> node)
{
    /// <summary>Does it all; on the work's own thread.</summary>
    public void Run(WorkOutput<VerifyPart> output)
    {
        IntegrityOptions options = OptionsOf(spec);
        if (options.Faults() is { Count: > 0 } faults) throw new UserErrorException(string.Join('\n', faults));
        string folder = hub.FolderOf(spec.ModelPath, HubKind.Model, output.Stopping);
        if (!Directory.Exists(folder))
            throw new UserErrorException($"the model folder {folder} does not exist on {Environment.MachineName}");
        IReadOnlyList<string> texts = spec.DatasetPath is { } dataset
            ? DatasetSplits.Load(hub.FolderOf(dataset, HubKind.Dataset, output.Stopping)).Train.Texts : IntegrityCheck.MadeUpTexts();
        var device = new torch.Device(node.Value.Device);
        string adapter = Directory.CreateTempSubdirectory("loracluster-verify-").FullName;
        try
        {
            IntegrityReport Check(BaseModel model, ITextTokenizer tokenizer) => IntegrityCheck.Run(
                model, tokenizer, texts, options, adapter,
                (step, loss) => output.Write(new VerifyStep(step, options.Steps, loss)), output.Stopping);
            if (spec.RandomWeights)
            {
                using BaseModel model = BaseModel.Random(Path.Combine(folder, "config.json"), spec.Seed, Precision.Float32, device);
                output.Write(ToResult(Check(model, TokenizerFolder.Load(folder))));
            }
            else
            {
                using SharedCache<string, LoadedModel>.Lease model = cache.RentModel(folder, Precision.Float32, device);
                output.Write(ToResult(Check(model.Value.Model, model.Value.Tokenizer)));
            }
        }
        finally { Directory.Delete(adapter, recursive: true); }
    }

    /// <summary>The check's options that a spec asks for.</summary>
    /// <exception cref="UserErrorException">Its adapter configuration cannot be read.</exception>
    public static IntegrityOptions OptionsOf(VerifySpec spec) => new()
    {
        Lora = spec.AdapterConfigJson is { } json ? AdapterFolder.ParseConfig(json, "adapter-config") : new LoraConfig
        {
            Rank = spec.Rank, Alpha = spec.Alpha, TargetModules = TargetModules.Named([.. spec.TargetModules]),
        },
        Steps = spec.Steps, BatchRows = spec.BatchRows, RowTokens = spec.RowTokens, LearningRate = spec.LearningRate, Prompt = spec.Prompt,
        NewTokens = spec.NewTokens, Seed = spec.Seed,
    };

    private static VerifyResult ToResult(IntegrityReport report) => new()
    {
        Swapped = [.. report.Swapped.Select(m => new VerifyModule(m.Name, m.Out, m.In, m.Rank))],
        LinearModules = report.LinearModules, TrainableParameters = report.TrainableParameters, TotalParameters = report.TotalParameters,
        AdapterFileBytes = report.AdapterFileBytes, BaseFileBytes = report.BaseFileBytes, FirstLoss = report.FirstLoss,
        LastLoss = report.LastLoss, TextBefore = report.TextBefore, TextInjected = report.TextInjected, TextTrained = report.TextTrained,
        TextReloaded = report.TextReloaded, Findings = [.. report.Findings.Select(f => new VerifyFinding(f.Claim, f.Holds, f.Evidence))],
    };
}

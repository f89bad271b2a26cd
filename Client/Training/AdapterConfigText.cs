using System.Text;
using LoraCluster.Adapters;
using LoraCluster.Training;

namespace LoraCluster.Client.Training;

/// <summary>The text of a PEFT <c>adapter_config.json</c>, read by the same rules as on the silos.</summary>
internal static class AdapterConfigText
{
    private const int LargestBytes = 1 << 20;

    /// <summary>The text for an adapter that a spec's own fields do not describe: a variant of LoRA; null for a plain one.</summary>
    public static string? Of(TrainingOptions options)
    {
        LoraConfig lora = options.Lora;
        bool plain = lora is { RankStabilized: false, WeightDecomposed: false, Bias: BiasTraining.None,
            Initialization: AdapterInitialization.KaimingUniform };
        if (options.Method != TrainingMethod.Lora || plain || lora.Faults().Count > 0) return null;
        return Encoding.UTF8.GetString(AdapterFolder.WriteConfig(lora, "", task: null));
    }

    public static string? Read(string file, OptionParser parser)
    {
        if (new FileInfo(file).Length > LargestBytes)
        {
            parser.Refuse($"adapter-config is '{file}' of more than 1 MiB; allowed is a PEFT adapter_config.json");
            return null;
        }
        string text = File.ReadAllText(file);
        try { AdapterFolder.ParseConfig(text, file); }
        catch (UserErrorException e)
        {
            foreach (string fault in e.Message.Split('\n')) parser.Refuse(fault);
        }
        return text;
    }
}

using LoraCluster.Adapters;

namespace LoraCluster.Client.Training;

/// <summary>The text of a PEFT <c>adapter_config.json</c>, read by the same rules as on the silos.</summary>
internal static class AdapterConfigText
{
    private const int LargestBytes = 1 << 20;

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

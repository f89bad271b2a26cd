using LoraCluster.Data;
using LoraCluster.Reports.Words;

namespace LoraCluster.Client.QuickStartRun;

/// <summary>Where the quick start's model and data set are.</summary>
internal sealed record QuickStartFolders(string Model, string Dataset)
{
    /// <summary>One line for people.</summary>
    public string Describe()
    {
        int train = TextDataset.Load(Dataset, "train").Count, dev = TextDataset.Load(Dataset, "dev").Count;
        return $"the built-in base model learns the sentiment of {Figures.Count(train)} generated sentences; "
            + $"{Figures.Count(dev)} others are held out";
    }

    /// <summary>What always answering the commonest label would reach on the held-out sentences: chance.</summary>
    public double MajorityAccuracy()
    {
        TextDataset dev = TextDataset.Load(Dataset, "dev");
        return (double)dev.Examples.CountBy(example => example.Label).Max(pair => pair.Value) / dev.Count;
    }
}

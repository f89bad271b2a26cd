namespace LoraCluster.Client.QuickStartRun;

/// <summary>Brings the quick start's model and data set to where the silos can read them.</summary>
internal interface IQuickStartFiles
{
    QuickStartFolders Write();
}

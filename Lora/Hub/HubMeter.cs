namespace LoraCluster.Hub;

/// <summary>Counts files and bytes of one download and reports them.</summary>
internal sealed class HubMeter(HubReference reference, IProgress<HubProgress>? progress)
{
    private string _file = "";
    private int _filesDone, _files;
    private long _bytes, _total;

    /// <summary>More files are wanted.</summary>
    public void Expect(IEnumerable<HubFile> files)
    {
        foreach (HubFile file in files) (_files, _total) = (_files + 1, _total + (file.Size ?? 0));
    }

    public void Begin(HubFile file)
    {
        _file = file.Path;
        Report();
    }

    /// <summary>Bytes came, or (a negative number) are thrown away.</summary>
    public void Add(long bytes)
    {
        _bytes += bytes;
        Report();
    }

    public void End()
    {
        _filesDone++;
        Report();
    }

    public void Note(string text) => Report(text);

    private void Report(string? notice = null) =>
        progress?.Report(new HubProgress(reference.Repository, _file, _filesDone, _files, _bytes, _total, notice));
}

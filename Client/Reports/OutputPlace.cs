namespace LoraCluster.Client.Reports;

/// <summary>Places that are to be written to, tried before any work is done.</summary>
internal static class OutputPlace
{
    /// <summary>What is wrong with a file to be written, or null.</summary>
    public static string? FaultOfFile(string option, string path)
    {
        if (Directory.Exists(path)) return $"{option} is '{path}', which is a folder; allowed is a file";
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(folder)) return $"{option} is '{path}', but there is no folder '{folder}'";
        return FaultOfWriting(option, path, folder);
    }

    /// <summary>What is wrong with a folder to be written to, or null; it is made where it is not there.</summary>
    public static string? FaultOfFolder(string option, string path)
    {
        if (File.Exists(path)) return $"{option} is '{path}', which is a file; allowed is a folder";
        try { Directory.CreateDirectory(path); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return $"{option} is '{path}', which cannot be made: {e.Message}";
        }
        return FaultOfWriting(option, path, path);
    }

    /// <summary>The same for the folder of TensorBoard's files, which may not be named.</summary>
    public static IReadOnlyList<string> FaultsOfTensorBoard(string? folder) =>
        folder is not null && FaultOfFolder("tensorboard", folder) is { } fault ? [fault] : [];

    /// <summary>Writes a file whole or not at all.</summary>
    public static void Write(string path, byte[] bytes)
    {
        string part = $"{path}.{Environment.ProcessId}.part";
        try
        {
            File.WriteAllBytes(part, bytes);
            File.Move(part, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (File.Exists(part)) File.Delete(part);
            throw new ClientException(ExitCodes.Failed, $"cannot write '{path}': {e.Message}", e);
        }
    }

    private static string? FaultOfWriting(string option, string path, string folder)
    {
        string trial = Path.Combine(folder, $".{Environment.ProcessId}.trial");
        try
        {
            File.Create(trial, 1, FileOptions.DeleteOnClose).Dispose();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{option} is '{path}', where nothing can be written: {e.Message}";
        }
    }
}

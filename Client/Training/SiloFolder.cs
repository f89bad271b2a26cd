using LoraCluster.Hub;

namespace LoraCluster.Client.Training;

/// <summary>A folder that a silo reads: on this machine too, unless the cluster may be elsewhere; or a name at the hub.</summary>
internal static class SiloFolder
{
    /// <summary>The absolute path, or the name; what is wrong with it is refused.</summary>
    /// <param name="option">Name of the option.</param>
    /// <param name="path">As given.</param>
    /// <param name="file">A file that it must have; null: none.</param>
    /// <param name="remote">True if the cluster may be on other machines.</param>
    /// <param name="kind">What a name at the hub means.</param>
    /// <param name="parser">Takes the faults.</param>
    /// <param name="orElse">What is allowed besides.</param>
    public static string Parse(string option, string? path, string? file, bool remote, HubKind kind, OptionParser parser,
        string orElse = ", or a name at the hub")
    {
        string wanted = file is null ? "a folder" : $"a folder with {file}";
        if (string.IsNullOrWhiteSpace(path))
        {
            parser.Refuse($"{option} is missing; needed is {wanted}");
            return "";
        }
        if (Directory.Exists(path))
        {
            if (file is not null && !File.Exists(Path.Combine(path, file))) parser.Refuse($"{option} is '{path}', which has no {file}");
            return Path.GetFullPath(path);
        }
        if (!File.Exists(path) && HubReference.TryParse(path, kind, out _, out _)) return path;
        if (File.Exists(path)) parser.Refuse($"{option} is '{path}', which is a file; allowed is {wanted}{orElse}");
        else if (!remote) parser.Refuse($"{option} is '{path}', which is not there; allowed is {wanted}{orElse}");
        else if (!Path.IsPathFullyQualified(path))
            parser.Refuse($"{option} is '{path}', which is not on this machine; allowed is then an absolute path on the silos{orElse}");
        return path;
    }
}

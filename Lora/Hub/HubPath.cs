namespace LoraCluster.Hub;

/// <summary>Names that come from the hub and become paths here.</summary>
internal static class HubPath
{
    private static readonly char[] NeverInside = ['\\', ':', '*', '?', '"', '<', '>', '|', '\0', '\n', '\r'];

    /// <summary>The path, if it stays inside of the folder that it is put into, on every system.</summary>
    /// <exception cref="HubException">It does not.</exception>
    public static string Checked(string path, string source) => IsSafe(path) ? path
        : throw new HubException(HubFault.BadAnswer, $"{source} names the file '{path.ReplaceLineEndings(" ")}', which is refused: "
            + "a name must stay inside of the repository's folder");

    /// <summary>True for a path of plain names with '/' between.</summary>
    public static bool IsSafe(string path) => path.Length is > 0 and <= 1000 && path.IndexOfAny(NeverInside) < 0
        && path.Split('/').All(name => name.Length > 0 && name is not ("." or "..") && !name.EndsWith(' ') && !name.EndsWith('.'));
}

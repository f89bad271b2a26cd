using System.Runtime.InteropServices;

namespace LoraCluster.AppHost;

/// <summary>Our programs as resources, each started as what was built: <c>dotnet Silo.dll</c> (docs/adr/0004-app-host.md).</summary>
internal static class ProcessResources
{
    // Given to the app host, meant for its children.
    private static readonly string[] PassedOn = ["DOTNET_ENVIRONMENT", "LORACLUSTER_LIBTORCH", "LORACLUSTER_SLOTS", "LORACLUSTER_DATA"];

    public static IResourceBuilder<ExecutableResource> AddProgram<TProject>(
        this IDistributedApplicationBuilder builder, string name, params string[] arguments) where TProject : IProjectMetadata, new()
    {
        string project = new TProject().ProjectPath;
        string assembly = Path.Combine(Path.GetDirectoryName(project)!, BuildFolder(), Path.GetFileNameWithoutExtension(project) + ".dll");
        if (!File.Exists(assembly)) throw new FileNotFoundException($"{assembly} is not there: build the solution first.", assembly);
        var resource = builder.AddExecutable(name, DotNet(), Environment.CurrentDirectory, [assembly, .. arguments]).WithOtlpExporter();
        foreach (string variable in PassedOn)
        {
            if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value) resource.WithEnvironment(variable, value);
        }
        return resource;
    }

    /// <summary>As bin/Debug/net10.0: all are built in the configuration of the app host.</summary>
    private static string BuildFolder() =>
        Path.GetRelativePath(Projects.AppHost.ProjectPath, AppContext.BaseDirectory);

    /// <summary>The dotnet that runs this process, which need not be on the path.</summary>
    private static string DotNet()
    {
        string root = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        string candidate = Path.Combine(root, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
        return File.Exists(candidate) ? candidate : "dotnet";
    }
}

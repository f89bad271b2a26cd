using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace LoraCluster.Tests.Architecture;

/// <summary>Which project may use which: the numerics know no cluster, the contracts no tensors, the client no native code.</summary>
[Trait("Category", "Architecture")]
public sealed class ReferenceArrowsTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Lora"] = [],
        ["Grains.Abstractions"] = [],
        ["Grains"] = ["Grains.Abstractions", "Lora"],
        ["ServiceDefaults"] = [],
        ["Silo"] = ["Grains", "ServiceDefaults"],
        ["Reports"] = ["Grains.Abstractions", "Lora"],
        ["Client"] = ["Grains.Abstractions", "Lora", "Reports", "ServiceDefaults"],
        ["Store"] = [],
        ["Solo"] = ["Lora"],
        ["Dashboard"] = ["Grains.Abstractions", "Reports", "ServiceDefaults"],
        // As processes: Store, Silo, Client, Dashboard. As libraries: the other two.
        ["AppHost"] = ["Store", "Silo", "Client", "Dashboard", "Grains.Abstractions", "ServiceDefaults"],
    };

    private static readonly (string Assembly, string[] Never)[] Forbidden =
    [
        ("Lora", ["Orleans", "Microsoft.Orleans", "Microsoft.Extensions.Hosting", "Microsoft.AspNetCore", "StackExchange.Redis"]),
        ("Grains.Abstractions", ["TorchSharp", "Lora"]),
        ("Client", ["TorchSharp", "Orleans.Runtime", "Microsoft.Orleans.Server"]),
        ("Reports", ["TorchSharp", "Orleans.Runtime", "Microsoft.Orleans.Server", "Microsoft.AspNetCore"]),
        ("ServiceDefaults", ["TorchSharp", "Orleans", "Lora", "Grains"]),
        ("Store", ["TorchSharp", "Orleans", "Lora", "Grains", "ServiceDefaults"]),
        ("Dashboard", ["TorchSharp", "Lora", "Grains", "Orleans.Runtime", "Microsoft.Orleans.Server"]),
        ("AppHost", ["TorchSharp", "Lora", "Grains", "Silo", "Store", "Client", "Dashboard"]),
    ];

    public static TheoryData<string> Projects() =>
        [.. SourceFiles.Projects().Select(p => Path.GetFileNameWithoutExtension(p)!).Where(p => p != "Tests")];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_it_may(string project)
    {
        Assert.True(Allowed.TryGetValue(project, out string[]? allowed), $"{project} has no place in the table of arrows; give it one.");
        string file = SourceFiles.Projects().Single(p => Path.GetFileNameWithoutExtension(p) == project);
        var references = XDocument.Load(file).Descendants("ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')));

        Assert.Empty(references.Except(allowed!));
    }

    [Fact]
    public void Only_processes_that_compute_carry_native_libtorch()
    {
        var native = SourceFiles.Projects().Where(p => XDocument.Load(p).Descendants("UsesNativeTorch").Any(e => e.Value == "true"));

        Assert.Equal(["Silo", "Solo", "Tests"], native.Select(p => Path.GetFileNameWithoutExtension(p)!).Order(StringComparer.Ordinal));
    }

    /// <summary>A project's references are transitive, so what the compiled code names counts as well.</summary>
    [Fact]
    public void Compiled_code_names_nothing_that_is_forbidden_to_it()
    {
        var faults = new List<string>();
        foreach (var (assembly, never) in Forbidden)
        {
            string path = Path.Combine(AppContext.BaseDirectory, assembly + ".dll");
            Assert.True(File.Exists(path), $"{path} is not beside the tests.");
            faults.AddRange(from name in ReferencedNames(path)
                            where never.Any(n => IsOf(n, name))
                            select $"{assembly} uses {name}");
        }

        Assert.Empty(faults);
    }

    /// <summary>Grains and Grains.Abstractions are two; Orleans and Orleans.Runtime are one.</summary>
    private static bool IsOf(string family, string name) =>
        name == family || (family is not ("Grains" or "Lora") && name.StartsWith(family + ".", StringComparison.Ordinal));

    private static List<string> ReferencedNames(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        var metadata = file.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(r => metadata.GetString(metadata.GetAssemblyReference(r).Name))];
    }
}

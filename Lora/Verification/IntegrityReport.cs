namespace LoraCluster.Verification;

/// <summary>What an integrity check found.</summary>
/// <param name="Swapped">Modules that got an adapter, in the model's order.</param>
/// <param name="LinearModules">Linear modules in all, the layer over the vocabulary included.</param>
/// <param name="TrainableParameters">Parameters that are trained.</param>
/// <param name="TotalParameters">Parameters in all, adapters included.</param>
/// <param name="AdapterFileBytes">Bytes of the adapter's weights file.</param>
/// <param name="BaseFileBytes">Bytes of the base model's parameters in fp32.</param>
/// <param name="FirstLoss">Loss of the first step.</param>
/// <param name="LastLoss">Loss of the last step.</param>
/// <param name="TextBefore">Prompt and generated text of the base model.</param>
/// <param name="TextInjected">The same with fresh adapters.</param>
/// <param name="TextTrained">The same after training.</param>
/// <param name="TextReloaded">The same of the base model with the saved adapter.</param>
/// <param name="Findings">What was checked, in order.</param>
public sealed record IntegrityReport(
    IReadOnlyList<SwappedModule> Swapped, int LinearModules, long TrainableParameters, long TotalParameters, long AdapterFileBytes,
    long BaseFileBytes, double FirstLoss, double LastLoss, string TextBefore, string TextInjected, string TextTrained, string TextReloaded,
    IReadOnlyList<IntegrityFinding> Findings)
{
    /// <summary>True if every check holds.</summary>
    public bool Holds => Findings.All(f => f.Holds);

    /// <summary>Share of the parameters that is trained, in [0, 1].</summary>
    public double TrainableShare => (double)TrainableParameters / TotalParameters;
}

/// <summary>A module with an adapter.</summary>
/// <param name="Name">Module path.</param>
/// <param name="Out">Outputs of the layer (entries of an embedding).</param>
/// <param name="In">Inputs of the layer (width of an embedding).</param>
/// <param name="Rank">Rank of the adapter.</param>
public sealed record SwappedModule(string Name, int Out, int In, int Rank);

/// <summary>One thing that was checked.</summary>
/// <param name="Claim">What should hold.</param>
/// <param name="Holds">Whether it does.</param>
/// <param name="Evidence">What was seen.</param>
public sealed record IntegrityFinding(string Claim, bool Holds, string Evidence);

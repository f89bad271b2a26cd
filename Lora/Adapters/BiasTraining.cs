namespace LoraCluster.Adapters;

/// <summary>Which biases of the base model are trained beside the adapters (PEFT's <c>bias</c>).</summary>
public enum BiasTraining
{
    /// <summary>None of them.</summary>
    None,

    /// <summary>Every bias of the model, norms included.</summary>
    All,

    /// <summary>Those of the adapted layers.</summary>
    LoraOnly,
}

namespace LoraCluster.Merging;

/// <summary>How several adapters become one (PEFT's <c>combination_type</c>); s is an adapter's own scaling, w its weight.</summary>
public enum CombinationType
{
    /// <summary>A = sum of sign(w) sqrt(|w| s) A, B = sum of sqrt(|w| s) B: of the adapters' own rank, and not the sum of their updates,
    /// since the product of the sums has mixed terms. Needs equal ranks.</summary>
    Linear,

    /// <summary>Exactly the sum of w s B A, of the sum of the ranks: the parts side by side.</summary>
    Cat,

    /// <summary>The best approximation of the sum of w s B A that a given rank allows, by its singular values.</summary>
    Svd,
}

namespace LoraCluster.Training;

/// <summary>A stretch of the flat vector with a learning rate of its own.</summary>
/// <param name="Offset">First value.</param>
/// <param name="Length">Number of values.</param>
/// <param name="RateFactor">What the schedule's learning rate is multiplied by.</param>
internal readonly record struct ParameterGroup(long Offset, long Length, double RateFactor)
{
    /// <summary>
    /// The groups of a plan, in order. LoRA+ (Hayou et al. 2024; peft/optimizers/loraplus.py): B, and whatever has one dimension, learn
    /// ratio times as fast as A.
    /// </summary>
    public static IReadOnlyList<ParameterGroup> Of(TrainablePlan plan, double loraPlusRatio)
    {
        if (loraPlusRatio == 1) return [new ParameterGroup(0, plan.Layout.Length, 1)];
        var groups = new List<ParameterGroup>();
        foreach (ParameterSlot slot in plan.Layout.Slots)
        {
            bool fast = plan.TrainedAt(slot).Role == TrainedRole.B || slot.Shape.Length == 1;
            double factor = fast ? loraPlusRatio : 1;
            if (groups is [.., { } last] && last.RateFactor == factor) groups[^1] = last with { Length = last.Length + slot.Length };
            else groups.Add(new ParameterGroup(slot.Offset, slot.Length, factor));
        }
        return groups;
    }
}

namespace LoraCluster.Training;

/// <summary>Training in one process: the same loop that a cluster's trainers share among them, taken by one replica alone.</summary>
public static class LocalTraining
{
    /// <summary>One optimizer step: every micro-batch, the reduction tree, the update.</summary>
    /// <exception cref="InvalidOperationException">All steps of the run are done.</exception>
    public static StepOutcome TakeStep(this ITrainingReplica replica)
    {
        int microBatches = replica.MicroBatches;
        if (microBatches == 0) throw new InvalidOperationException($"the run has {replica.Steps} steps and all are done");
        var reducer = new TreeReducer(ReductionTree.Root(microBatches), microBatches);
        for (int m = 0; m < microBatches; m++) reducer.Add(new TreeNode(0, m), replica.ComputeMicroBatch(m));
        return replica.ApplyStep(reducer.Result!);
    }

    /// <summary>Loss sum and counts over the whole held-out split; the gradient is empty.</summary>
    public static GradientSum Evaluate(this ITrainingReplica replica)
    {
        var total = new GradientSum([], 0, 0, 0);
        for (int batch = 0; batch < replica.EvaluationBatches; batch++) total = total.Plus(replica.EvaluateBatch(batch));
        return total;
    }
}

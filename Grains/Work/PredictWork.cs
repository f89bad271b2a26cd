using LoraCluster.Evaluation;
using LoraCluster.Models;

namespace LoraCluster.Grains.Work;

/// <summary>Asks a classifier for the labels of texts.</summary>
internal sealed class PredictWork(PredictSpec spec, ModelOpener opener)
{
    /// <summary>Does it all; on the work's own thread.</summary>
    public void Run(WorkOutput<PredictPart> output)
    {
        List<string> faults = [.. ModelOpener.Faults(spec.Model)];
        if (spec.Texts.Count == 0) faults.Add("there is no text; allowed is one or more");
        if (spec.BatchSize < 1) faults.Add(FormattableString.Invariant($"batch-size is {spec.BatchSize}; allowed is 1 or more"));
        if (spec.MaxLength < 3) faults.Add(FormattableString.Invariant($"max-length is {spec.MaxLength}; allowed is 3 or more"));
        if (faults.Count > 0) throw new UserErrorException(string.Join('\n', faults));
        using OpenedModel opened = opener.Open(spec.Model, output.Stopping);
        if (opened.Task != ModelTask.SequenceClassification) throw new UserErrorException(
            $"{opened.Model.Base.Family.Architecture} is no classifier; 'client generate' lets a language model write");
        output.Write(new PredictStart(opened.Model.Config.Labels, opened.Model.Notices));
        for (int first = 0; first < spec.Texts.Count; first += spec.BatchSize) Predict(opened, first, output);
    }

    private void Predict(OpenedModel opened, int first, WorkOutput<PredictPart> output)
    {
        int length = opened.LengthOf(spec.MaxLength);
        int[][] ids = [.. spec.Texts.Skip(first).Take(spec.BatchSize).Select(text => opened.Tokenizer.Encode(text, length))];
        IReadOnlyList<ClassPrediction> said = TextClassifier.Predict(opened.Model, ids);
        for (int k = 0; k < said.Count; k++) output.Write(new PredictedText(first + k, said[k].Predicted, said[k].Probabilities));
    }
}

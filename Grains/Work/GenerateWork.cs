using LoraCluster.Generation;
using LoraCluster.Models;
using LoraCluster.Models.Decoders;

namespace LoraCluster.Grains.Work;

/// <summary>Lets a language model go on with a text, and sends it as it comes.</summary>
internal sealed class GenerateWork(GenerateSpec spec, ModelOpener opener)
{
    /// <summary>Does it all; on the work's own thread.</summary>
    public void Run(WorkOutput<GeneratePart> output)
    {
        var options = new GenerationOptions
        {
            MaxNewTokens = spec.MaxNewTokens, Temperature = spec.Temperature, TopK = spec.TopK, TopP = spec.TopP, Seed = spec.Seed,
        };
        List<string> faults = [.. ModelOpener.Faults(spec.Model), .. options.Faults()];
        if (faults.Count > 0) throw new UserErrorException(string.Join('\n', faults));
        using OpenedModel opened = opener.Open(spec.Model, output.Stopping);
        if (opened.Task != ModelTask.CausalLm) throw new UserErrorException(
            $"{opened.Model.Base.Family.Architecture} is no language model; 'client predict' asks a classifier");
        int[] prompt = PromptOf(opened);
        var text = new StreamedText(opened.Tokenizer, prompt);
        void Send(string more)
        {
            if (more.Length > 0) output.Write(new GeneratedText(more));
        }
        int[] written = new TextGenerator(opened.Model).Generate([prompt], options, (_, id) => Send(text.Add(id)), output.Stopping)[0];
        Send(text.Finish());
        output.Write(new GenerateEnd(prompt.Length, written.Length, EndOf(opened, written),
            opened.Model.Config.Positions, opened.Model.Notices));
    }

    /// <summary>The prompt as training sees a text, but for an end token that would end it; without any token, the one that begins a
    /// text.</summary>
    private int[] PromptOf(OpenedModel opened)
    {
        int[] ids = opened.Tokenizer.Encode(spec.Prompt, int.MaxValue);
        if (ids.Length > 1 && ids[^1] == opened.Tokenizer.EosId) ids = ids[..^1];
        if (ids.Length == 0 && opened.Tokenizer.BosId is { } begin) ids = [begin];
        return ids.Length > 0 ? ids : throw new UserErrorException("prompt is empty, and the model has no token that begins a text");
    }

    private TextEnd EndOf(OpenedModel opened, int[] written) =>
        opened.Model.Config is DecoderConfig config && config.EosIds.Contains(written[^1]) ? TextEnd.EndToken
        : written.Length == spec.MaxNewTokens ? TextEnd.MaxNewTokens : TextEnd.Positions;
}

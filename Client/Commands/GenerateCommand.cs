using LoraCluster.Client.Connection;
using LoraCluster.Client.Downloads;
using LoraCluster.Client.Evaluation;
using LoraCluster.Client.Rendering;
using LoraCluster.Client.Training;
using LoraCluster.Generation;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Work;

namespace LoraCluster.Client.Commands;

/// <summary>Text of a language model, computed on a silo and written as it comes.</summary>
internal sealed class GenerateCommand(ClientContext context) : ConnectedCommand<GenerateSettings>(context)
{
    protected override IReadOnlyList<string> Faults(GenerateSettings settings)
    {
        var parser = new OptionParser();
        Parse(settings, parser);
        return parser.Faults;
    }

    protected override async Task<int> RunAsync(GenerateSettings settings, IClusterConnection connection, CancellationToken interrupted)
    {
        (ModelRequest request, GenerationOptions options) = Parse(settings, new OptionParser());
        if (!Context.Connector.MayBeElsewhere(settings.ClusterTarget))
            request = await request.WithLocalFoldersAsync(new HubPull(Context, settings.Json));
        (ModelSource model, _) = await request.ResolveAsync(connection, interrupted);
        NodeStatus silo = await NodeChoice.FreestAsync(connection, interrupted);
        var spec = new GenerateSpec
        {
            Model = model, Prompt = settings.Prompt ?? "", MaxNewTokens = options.MaxNewTokens, Temperature = options.Temperature,
            TopK = options.TopK, TopP = options.TopP, Seed = options.Seed,
        };
        await WriteAsync(connection.GenerateAsync(silo, spec, interrupted), spec, settings.Json);
        return ExitCodes.Success;
    }

    private (ModelRequest Model, GenerationOptions Options) Parse(GenerateSettings settings, OptionParser parser)
    {
        bool remote = Context.Connector.MayBeElsewhere(settings.ClusterTarget);
        ModelRequest model = ModelRequest.Parse(settings, null, null, remote, parser);
        double temperature = parser.Double("temperature", settings.Temperature, 0);
        var options = new GenerationOptions
        {
            MaxNewTokens = parser.Int("max-new-tokens", settings.NewTokens, 50), Temperature = temperature == 0 ? null : temperature,
            TopK = parser.OptionalInt("top-k", settings.TopK), TopP = parser.OptionalDouble("top-p", settings.TopP),
            Seed = parser.UInt64("seed", settings.Seed, 0),
        };
        foreach (string fault in options.Faults()) parser.Refuse(fault);
        return (model, options);
    }

    private async Task WriteAsync(IAsyncEnumerable<GeneratePart> parts, GenerateSpec spec, bool json)
    {
        var text = new System.Text.StringBuilder();
        GenerateEnd? end = null;
        if (!json) Show(spec.Prompt);
        await foreach (GeneratePart part in parts)
        {
            if (part is GenerateEnd last) end = last;
            if (part is not GeneratedText more) continue;
            text.Append(more.Text);
            if (!json) Show(more.Text);
        }
        if (end is null) throw new ClientException(ExitCodes.Failed, "the silo ended without saying why");
        if (json)
        {
            JsonLine.Object().Add("prompt", spec.Prompt).Add("text", text.ToString()).Add("promptTokens", end.PromptTokens)
                .Add("newTokens", end.NewTokens).Add("end", end.End.ToString()).Add("positions", end.Positions)
                .Add("notices", end.Notices).WriteTo(Context.RawOutput);
            return;
        }
        Show("\n");
        foreach (string notice in end.Notices) Messages.Write(Context.Error, $"note: {notice}");
        if (end.End == TextEnd.Positions) Messages.Write(Context.Error,
            $"cut: the model has {end.Positions} positions, prompt included; {end.NewTokens} of {spec.MaxNewTokens} tokens are written");
    }

    private void Show(string text)
    {
        Context.RawOutput.Write(text);
        Context.RawOutput.Flush();
    }
}

using System.ComponentModel;
using LoraCluster.Client.Downloads;
using LoraCluster.Client.Rendering;
using LoraCluster.Client.Training;
using LoraCluster.Hub;
using LoraCluster.Tokenizers;
using Spectre.Console.Cli;

namespace LoraCluster.Client.Commands;

internal sealed class TokenizeSettings : OutputSettings
{
    [CommandArgument(0, "[TEXT]")]
    [Description("Texts; each is encoded by itself.")]
    public string[] Texts { get; init; } = [];

    [CommandOption("-m|--model <MODEL>")]
    [Description("A model folder with its tokenizer, a name at the hub, or a file: vocab.txt, tokenizer.json, "
        + "vocab.json (beside merges.txt) or *.model.")]
    public string? Model { get; init; }

    [CommandOption("--file <FILE>")]
    [Description("A file of texts, one a line; - is standard input.")]
    public string? File { get; init; }

    [CommandOption("--max-length <N>")]
    [Description("Cut each text to so many tokens, [[CLS]] and [[SEP]] included. Default: nothing is cut.")]
    public string? MaxLength { get; init; }
}

/// <summary>Texts to ids and pieces, as training sees them.</summary>
internal sealed class TokenizeCommand(ClientContext context) : AsyncCommand<TokenizeSettings>
{
    private const int ShortestRow = 3;

    public override async Task<int> ExecuteAsync(CommandContext command, TokenizeSettings settings, CancellationToken cancellationToken)
    {
        var parser = new OptionParser();
        int maxLength = parser.Int("max-length", settings.MaxLength, int.MaxValue);
        if (maxLength < ShortestRow) parser.Refuse($"max-length is {maxLength}; allowed is {ShortestRow} or more");
        if (settings.Model is null) parser.Refuse("model is missing; give --model MODEL, a model folder, a vocab.txt or a name at the hub");
        if (settings.Texts.Length == 0 && settings.File is null) parser.Refuse("there is no text; give one or more, or --file FILE");
        if (settings.File is { } file and not "-" && !File.Exists(file)) parser.Refuse($"file is '{file}', which is no file");
        ClientException.ThrowIfAny(parser.Faults);

        string model = await new HubPull(context, settings.Json).FolderAsync(settings.Model!, HubKind.Model, HubPart.Tokenizer);
        ITextTokenizer tokenizer = TokenizerFolder.Load(model);
        foreach (string text in settings.Texts.Concat(LinesOf(settings.File)))
        {
            context.Interrupts.First.ThrowIfCancellationRequested();
            Write(text, tokenizer.Encode(text, maxLength), tokenizer, settings.Json);
        }
        return ExitCodes.Success;
    }

    private void Write(string text, int[] ids, ITextTokenizer tokenizer, bool json)
    {
        IEnumerable<string> pieces = ids.Select(tokenizer.TokenOf);
        if (json)
        {
            JsonLine.Object().Add("text", text).Add("ids", ids.Select(id => (long)id)).Add("pieces", pieces).WriteTo(context.RawOutput);
            return;
        }
        Messages.Write(context.Console, string.Join(' ', ids));
        Messages.Write(context.Console, string.Join(' ', pieces));
    }

    /// <summary>Only LF (or CR LF) ends a line: every other line end is text.</summary>
    private static IEnumerable<string> LinesOf(string? file)
    {
        if (file is null) yield break;
        string text = file == "-" ? Console.In.ReadToEnd() : File.ReadAllText(file);
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
            if (i < lines.Length - 1 || lines[i].Length > 0) yield return lines[i].EndsWith('\r') ? lines[i][..^1] : lines[i];
    }
}

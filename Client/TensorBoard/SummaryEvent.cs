using Google.Protobuf;

namespace LoraCluster.Client.TensorBoard;

/// <summary>
/// TensorBoard's events as protobuf messages (tensorflow/core/util/event.proto, summary.proto, tensor.proto): of their many fields the few
/// that scalars and texts need.
/// </summary>
internal static class SummaryEvent
{
    private const uint WallTimeTag = (1 << 3) | 1, StepTag = 2 << 3, FileVersionTag = (3 << 3) | 2, SummaryTag = (5 << 3) | 2;
    private const uint ValueTag = (1 << 3) | 2, NameTag = (1 << 3) | 2, SimpleValueTag = (2 << 3) | 5, TensorTag = (8 << 3) | 2;
    private const uint MetadataTag = (9 << 3) | 2, PluginDataTag = (1 << 3) | 2, PluginNameTag = (1 << 3) | 2;
    private const uint DtypeTag = 1 << 3, ShapeTag = (2 << 3) | 2, StringsTag = (8 << 3) | 2, DimensionTag = (2 << 3) | 2, SizeTag = 1 << 3;
    private const int StringDtype = 7;

    /// <summary>The first event of every file.</summary>
    public static byte[] Version(double wallTime) => Message(output =>
    {
        WriteTime(output, wallTime, step: 0);
        output.WriteTag(FileVersionTag);
        output.WriteString("brain.Event:2");
    });

    /// <summary>Values of one step, by their tags.</summary>
    public static byte[] Scalars(double wallTime, long step, IEnumerable<(string Tag, double Value)> values) => Message(output =>
    {
        WriteTime(output, wallTime, step);
        WriteMessage(output, SummaryTag, summary =>
        {
            foreach ((string tag, double value) in values)
                WriteMessage(summary, ValueTag, line =>
                {
                    WriteText(line, NameTag, tag);
                    line.WriteTag(SimpleValueTag);
                    line.WriteFloat((float)value);
                });
        });
    });

    /// <summary>A text in Markdown, for the page of texts.</summary>
    public static byte[] Text(double wallTime, long step, string tag, string text) => Message(output =>
    {
        WriteTime(output, wallTime, step);
        WriteMessage(output, SummaryTag, summary => WriteMessage(summary, ValueTag, line =>
        {
            WriteText(line, NameTag, tag);
            WriteMessage(line, TensorTag, tensor =>
            {
                tensor.WriteTag(DtypeTag);
                tensor.WriteEnum(StringDtype);
                WriteMessage(tensor, ShapeTag, shape => WriteMessage(shape, DimensionTag, dimension =>
                {
                    dimension.WriteTag(SizeTag);
                    dimension.WriteInt64(1);
                }));
                WriteText(tensor, StringsTag, text);
            });
            WriteMessage(line, MetadataTag, metadata =>
                WriteMessage(metadata, PluginDataTag, plugin => WriteText(plugin, PluginNameTag, "text")));
        }));
    });

    /// <summary>Step and tags of an event; a text's tag among them.</summary>
    public static (long Step, IReadOnlyList<string> Tags) Read(byte[] message)
    {
        (long step, List<string> tags) = (0, []);
        var input = new CodedInputStream(message);
        while (input.ReadTag() is not 0 and var tag)
        {
            if (tag == StepTag) step = input.ReadInt64();
            else if (tag == SummaryTag) ReadSummary(input.ReadBytes(), tags);
            else input.SkipLastField();
        }
        return (step, tags);
    }

    private static void ReadSummary(ByteString summary, List<string> tags)
    {
        CodedInputStream values = summary.CreateCodedInput();
        while (values.ReadTag() is not 0 and var tag)
        {
            if (tag != ValueTag)
            {
                values.SkipLastField();
                continue;
            }
            CodedInputStream value = values.ReadBytes().CreateCodedInput();
            while (value.ReadTag() is not 0 and var field)
            {
                if (field == NameTag) tags.Add(value.ReadString());
                else value.SkipLastField();
            }
        }
    }

    private static void WriteTime(CodedOutputStream output, double wallTime, long step)
    {
        output.WriteTag(WallTimeTag);
        output.WriteDouble(wallTime);
        output.WriteTag(StepTag);
        output.WriteInt64(step);
    }

    private static void WriteText(CodedOutputStream output, uint tag, string text)
    {
        output.WriteTag(tag);
        output.WriteString(text);
    }

    private static void WriteMessage(CodedOutputStream output, uint tag, Action<CodedOutputStream> fields)
    {
        output.WriteTag(tag);
        output.WriteBytes(ByteString.CopyFrom(Message(fields)));
    }

    private static byte[] Message(Action<CodedOutputStream> fields)
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true)) fields(output);
        return bytes.ToArray();
    }
}

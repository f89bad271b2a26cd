using Google.Protobuf;

namespace LoraCluster.Tests.EndToEnd;

/// <summary>A message of protocol buffers as its fields, without a schema.</summary>
internal sealed class ProtoMessage
{
    private readonly List<(int Field, ByteString Value)> _fields = [];

    public static ProtoMessage Read(ByteString bytes)
    {
        var message = new ProtoMessage();
        CodedInputStream input = bytes.CreateCodedInput();
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            if (WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
                message._fields.Add((WireFormat.GetTagFieldNumber(tag), input.ReadBytes()));
            else input.SkipLastField();
        }
        return message;
    }

    public IEnumerable<ByteString> Messages(int field) => _fields.Where(f => f.Field == field).Select(f => f.Value);

    public ProtoMessage? Message(int field) => Messages(field).Select(Read).FirstOrDefault();

    public string Text(int field) => Messages(field).FirstOrDefault()?.ToStringUtf8() ?? "";

    public string Hex(int field) => Convert.ToHexStringLower((Messages(field).FirstOrDefault() ?? ByteString.Empty).Span);

    /// <summary>Attributes with values of text; of others the empty text.</summary>
    public Dictionary<string, string> Attributes(int field) => Messages(field).Select(Read)
        .ToDictionary(pair => pair.Text(1), pair => pair.Message(2)?.Text(1) ?? "", StringComparer.Ordinal);

    /// <summary>The name of the service in ResourceMetrics, ResourceSpans or ResourceLogs.</summary>
    public string Service => Message(1)?.Attributes(1).GetValueOrDefault("service.name") ?? "";
}

internal sealed record OtlpMetric(string Service, string Scope, string Name, string Description, string Unit, IReadOnlySet<string> Tags)
{
    private const int Gauge = 5, Sum = 7, Histogram = 9;

    public static IEnumerable<OtlpMetric> Of(ByteString resourceMetrics)
    {
        ProtoMessage resource = ProtoMessage.Read(resourceMetrics);
        foreach (ProtoMessage scope in resource.Messages(2).Select(ProtoMessage.Read))
            foreach (ProtoMessage metric in scope.Messages(2).Select(ProtoMessage.Read))
            {
                var points = new[] { (Gauge, 7), (Sum, 7), (Histogram, 9) }.SelectMany(kind =>
                    (metric.Message(kind.Item1)?.Messages(1) ?? []).SelectMany(p => ProtoMessage.Read(p).Attributes(kind.Item2).Keys));
                yield return new OtlpMetric(resource.Service, scope.Message(1)?.Text(1) ?? "", metric.Text(1), metric.Text(2),
                    metric.Text(3), points.ToHashSet(StringComparer.Ordinal));
            }
    }
}

internal sealed record OtlpSpan(string Service, string Scope, string TraceId, string SpanId, string ParentId, string Name)
{
    public static IEnumerable<OtlpSpan> Of(ByteString resourceSpans)
    {
        ProtoMessage resource = ProtoMessage.Read(resourceSpans);
        foreach (ProtoMessage scope in resource.Messages(2).Select(ProtoMessage.Read))
            foreach (ProtoMessage span in scope.Messages(2).Select(ProtoMessage.Read))
                yield return new OtlpSpan(
                    resource.Service, scope.Message(1)?.Text(1) ?? "", span.Hex(1), span.Hex(2), span.Hex(4), span.Text(5));
    }
}

internal sealed record OtlpLog(string Service, string Body, IReadOnlyDictionary<string, string> Attributes)
{
    public static IEnumerable<OtlpLog> Of(ByteString resourceLogs)
    {
        ProtoMessage resource = ProtoMessage.Read(resourceLogs);
        foreach (ProtoMessage scope in resource.Messages(2).Select(ProtoMessage.Read))
            foreach (ProtoMessage log in scope.Messages(2).Select(ProtoMessage.Read))
                yield return new OtlpLog(resource.Service, log.Message(5)?.Text(1) ?? "", log.Messages(6).Select(ProtoMessage.Read)
                    .GroupBy(p => p.Text(1), StringComparer.Ordinal)
                    .ToDictionary(g => g.Key, g => g.First().Message(2)?.Text(1) ?? "", StringComparer.Ordinal));
    }
}

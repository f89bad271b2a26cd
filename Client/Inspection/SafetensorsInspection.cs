using System.Security.Cryptography;
using LoraCluster.Client.Rendering;
using LoraCluster.Safetensors;

namespace LoraCluster.Client.Inspection;

/// <summary>A safetensors file: its tensors, and values that are no numbers.</summary>
internal static class SafetensorsInspection
{
    /// <summary>Longer tensors are not searched for NaN: a gigabyte of floats.</summary>
    private const long LongestSearched = 1L << 28;

    public static InspectionReport Of(string path)
    {
        var report = new InspectionReport("safetensors", path);
        Add(report, path);
        return report;
    }

    /// <summary>Adds what is in a weights file.</summary>
    public static void Add(InspectionReport report, string path)
    {
        if (report.Faults.Try(() => SafetensorsReader.Open(path)) is not { } reader) return;
        using (reader)
        {
            report.Tensors.AddRange(reader.Tensors);
            long parameters = reader.Tensors.Where(t => t.Dtype != SafetensorDtype.Unknown).Sum(t => t.ElementCount);
            report.Add(
                Fact.Count("tensors", "tensors", reader.Tensors.Count),
                Fact.Count("parameters", "parameters", parameters),
                Fact.List("dtypes", "dtypes", [.. reader.Tensors.Select(t => t.DtypeName).Distinct().Order(StringComparer.Ordinal)]),
                Fact.Bytes("size", "bytes", new FileInfo(path).Length));
            if (reader.Metadata.Count > 0)
            {
                report.Add(Fact.List("metadata", "metadata",
                    [.. reader.Metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}")]));
            }
            foreach (SafetensorInfo tensor in reader.Tensors) CheckValues(report, reader, tensor, path);
        }
        using FileStream file = File.OpenRead(path);
        report.Add(Fact.Of("sha256", "sha256", Convert.ToHexStringLower(SHA256.HashData(file))));
    }

    private static void CheckValues(InspectionReport report, SafetensorsReader reader, SafetensorInfo tensor, string path)
    {
        if (tensor.Dtype == SafetensorDtype.Unknown)
            report.Faults.Add($"{path}: tensor \"{tensor.Name}\" has the unknown dtype {tensor.DtypeName}");
        if (tensor.Dtype is not (SafetensorDtype.F32 or SafetensorDtype.F16 or SafetensorDtype.BF16 or SafetensorDtype.F64)) return;
        if (tensor.ElementCount > LongestSearched)
        {
            report.Notices.Add($"tensor \"{tensor.Name}\" of {Figures.Count(tensor.ElementCount)} values was not searched for NaN");
            return;
        }
        float[] values = new float[tensor.ElementCount];
        reader.ReadSingles(tensor.Name, values);
        long bad = values.LongCount(value => !float.IsFinite(value));
        if (bad > 0) report.Faults.Add($"{path}: tensor \"{tensor.Name}\" has {Figures.Count(bad)} values that are not finite");
    }
}

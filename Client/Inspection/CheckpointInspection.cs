using System.Security.Cryptography;
using LoraCluster.Checkpoints;
using LoraCluster.Reports.Words;
using LoraCluster.Safetensors;

namespace LoraCluster.Client.Inspection;

/// <summary>Weights in one file or several: their tensors, and values that are no numbers.</summary>
internal static class CheckpointInspection
{
    /// <summary>Longer tensors are not searched for NaN: a gigabyte of floats.</summary>
    private const long LongestSearched = 1L << 28;

    public static InspectionReport Of(string path)
    {
        bool safetensors = path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase);
        var report = new InspectionReport(safetensors ? "safetensors" : "checkpoint", path);
        Add(report, path);
        return report;
    }

    /// <summary>Adds what is in a weights file, or in the files of an index.</summary>
    public static void Add(InspectionReport report, string path)
    {
        if (report.Faults.Try(() => CheckpointFile.OpenFile(path)) is not { } checkpoint) return;
        using (checkpoint)
        {
            report.Tensors.AddRange(checkpoint.Tensors);
            long parameters = checkpoint.Tensors.Where(t => t.Dtype != SafetensorDtype.Unknown).Sum(t => t.ElementCount);
            long bytes = checkpoint.Files.Sum(file => new FileInfo(file).Length);
            report.Add(
                Fact.Count("tensors", "tensors", checkpoint.Tensors.Count),
                Fact.Count("parameters", "parameters", parameters),
                Fact.List("dtypes", "dtypes", [.. checkpoint.Tensors.Select(t => t.DtypeName).Distinct().Order(StringComparer.Ordinal)]),
                Fact.Bytes("size", "bytes", bytes));
            if (checkpoint.Metadata.Count > 0)
                report.Add(Fact.List("metadata", "metadata", [.. checkpoint.Metadata.Select(pair => $"{pair.Key}={pair.Value}")]));
            long most = Math.Min(bytes, LongestSearched);
            foreach (CheckpointTensor tensor in checkpoint.Tensors) CheckValues(report, checkpoint, tensor, most);
            if (checkpoint.Files.Count > 1)
                report.Add(Fact.List("files", "files", [.. checkpoint.Files.Select(file => Path.GetFileName(file)!)]));
            else AddHash(report, path);
        }
    }

    private static void AddHash(InspectionReport report, string path)
    {
        using FileStream file = File.OpenRead(path);
        report.Add(Fact.Of("sha256", "sha256", Convert.ToHexStringLower(SHA256.HashData(file))));
    }

    /// <param name="report">Where faults go.</param>
    /// <param name="checkpoint">The weights.</param>
    /// <param name="tensor">One of them.</param>
    /// <param name="most">Elements of a tensor that is searched; one with more than the file has bytes only repeats some.</param>
    private static void CheckValues(InspectionReport report, CheckpointFile checkpoint, CheckpointTensor tensor, long most)
    {
        if (tensor.Dtype == SafetensorDtype.Unknown)
            report.Faults.Add($"{checkpoint.Path}: tensor \"{tensor.Name}\" has the unknown dtype {tensor.DtypeName}");
        if (tensor.Dtype is not (SafetensorDtype.F32 or SafetensorDtype.F16 or SafetensorDtype.BF16 or SafetensorDtype.F64)) return;
        if (tensor.ElementCount > most)
        {
            report.Notices.Add($"tensor \"{tensor.Name}\" of {Figures.Count(tensor.ElementCount)} values was not searched for NaN");
            return;
        }
        float[] values = new float[tensor.ElementCount];
        checkpoint.ReadSingles(tensor.Name, values);
        long bad = values.LongCount(value => !float.IsFinite(value));
        if (bad > 0) report.Faults.Add($"{checkpoint.Path}: tensor \"{tensor.Name}\" has {Figures.Count(bad)} values that are not finite");
    }
}

using System.Globalization;
using System.Text.Json;
using LoraCluster.Safetensors;

namespace LoraCluster.Tests.Unit.Safetensors;

[Trait("Category", "Cases")]
public sealed class SafetensorsCasesTests
{
    public static TheoryData<string> Folders => FieldCases.Folders("f09-");

    [Theory]
    [MemberData(nameof(Folders))]
    public void Reads_every_valid_file(string folder)
    {
        using JsonDocument expected = FieldCases.Expected(folder);
        HashSet<string> mayRefuse = [.. Strings(expected.RootElement, "may_refuse_naming_dtype")];
        foreach (JsonElement file in expected.RootElement.GetProperty("accept").EnumerateArray())
        {
            using SafetensorsReader reader = SafetensorsReader.Open(Path.Combine(folder, file.GetProperty("file").GetString()!));
            Assert.Equal(file.GetProperty("metadata").EnumerateObject().Select(p => KeyValuePair.Create(p.Name, p.Value.GetString()!)),
                reader.Metadata);
            JsonElement[] tensors = [.. file.GetProperty("tensors").EnumerateArray()];
            Assert.Equal(tensors.Select(t => t.GetProperty("name").GetString()!), reader.Tensors.Select(t => t.Name));
            foreach (JsonElement tensor in tensors) Check(reader, tensor, mayRefuse);
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Refuses_by_name_what_it_does_not_accept(string folder)
    {
        using JsonDocument expected = FieldCases.Expected(folder);
        foreach (string file in Strings(expected.RootElement, "accept_or_refuse_by_name").Concat(Strings(expected.RootElement, "refuse")))
        {
            string path = Path.Combine(folder, file);
            var error = Assert.Throws<UserErrorException>(() => SafetensorsReader.Open(path).Dispose());
            Assert.Contains(path, error.Message, StringComparison.Ordinal);
        }
    }

    private static IEnumerable<string> Strings(JsonElement element, string key) =>
        element.TryGetProperty(key, out JsonElement list) ? list.EnumerateArray().Select(e => e.GetString()!).ToArray() : [];

    private static void Check(SafetensorsReader reader, JsonElement expected, HashSet<string> mayRefuse)
    {
        string name = expected.GetProperty("name").GetString()!, dtype = expected.GetProperty("dtype").GetString()!;
        Assert.True(reader.TryGet(name, out SafetensorInfo? info));
        Assert.Equal(dtype, info.DtypeName);
        Assert.Equal(expected.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64()), info.Shape);
        if (info.Dtype == SafetensorDtype.Unknown)
        {
            Assert.Contains(dtype, mayRefuse);
            Assert.Contains(dtype, Assert.Throws<UserErrorException>(() => reader.Bytes(name)).Message, StringComparison.Ordinal);
            return;
        }
        Assert.Equal(expected.GetProperty("bytes_hex").GetString(), Convert.ToHexStringLower(reader.Bytes(name)));
        if (!expected.TryGetProperty("float32_bits", out JsonElement bits)) return;
        float[] singles = new float[info.ElementCount];
        reader.ReadSingles(name, singles);
        int i = 0;
        foreach (JsonElement wanted in bits.EnumerateArray())
        {
            float value = singles[i++];
            if (wanted.ValueKind == JsonValueKind.Null) Assert.True(float.IsNaN(value), name);
            else Assert.Equal(wanted.GetString(), BitConverter.SingleToUInt32Bits(value).ToString("x8", CultureInfo.InvariantCulture));
        }
        Assert.Equal(singles.Length, i);
    }
}

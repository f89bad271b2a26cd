using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json;
using LoraCluster.Checkpoints;
using LoraCluster.Safetensors;

namespace LoraCluster.Tests.Unit.Checkpoints;

public sealed class TorchFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string File => folder.File("pytorch_model.bin");

    public void Dispose() => folder.Dispose();

    public static TheoryData<long, long[], long[], float[]> Views => new()
    {
        { 0, [2, 3], [3, 1], [0, 1, 2, 3, 4, 5] },
        { 0, [3, 2], [1, 3], [0, 3, 1, 4, 2, 5] },
        { 1, [2, 2], [3, 1], [1, 2, 4, 5] },
        { 2, [2], [3], [2, 5] },
        { 4, [], [], [4] },
        { 0, [2, 2, 3], [0, 3, 1], [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5] },
        { 1, [2, 3], [1, 0], [1, 1, 1, 2, 2, 2] },
        { 0, [3, 1, 2], [2, 99, 1], [0, 1, 2, 3, 4, 5] },
        { 0, [1, 3, 1, 2], [0, 1, 7, 3], [0, 3, 1, 4, 2, 5] },
        { 6, [0, 3], [3, 1], [] },
    };

    [Theory]
    [MemberData(nameof(Views))]
    public void A_view_is_read_in_row_major_order(long offset, long[] shape, long[] strides, float[] expected)
    {
        using CheckpointFile file = Open(TorchBytes.One(new("0", 6, shape, strides, offset), TorchBytes.Count(6)));
        CheckpointTensor tensor = Assert.Single(file.Tensors);
        Assert.Equal(("w", SafetensorDtype.F32, "F32", expected.LongLength), (tensor.Name, tensor.Dtype, tensor.DtypeName, tensor.ElementCount));
        Assert.Equal(shape, tensor.Shape);
        Assert.Equal(expected, Read(file, "w"));
        Assert.Throws<ArgumentException>(() => file.ReadSingles("w", new float[expected.Length + 1]));
        Assert.Contains("\"x\"", Assert.Throws<UserErrorException>(() => file.ReadSingles("x", [])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Storages_are_shared_and_halves_are_widened()
    {
        byte[] pickle = PickleWriter.StateDict(("a", new("0", 4, [2, 2], [2, 1])), ("tied", new("0", 4, [2, 2], [1, 2])),
            ("half", new("1", 2, [2], [1], Storage: "Half")), ("brain", new("2", 2, [2], [1], Storage: "BFloat16")),
            ("count", new("3", 1, [], [], Storage: "Long")));
        using CheckpointFile file = Open(TorchBytes.Of(pickle, ("0", TorchBytes.Count(4)), ("1", [0, 0x3c, 0, 0xc0]),
            ("2", [0x80, 0x3f, 0, 0xc0]), ("3", new byte[8])));
        Assert.Equal([0f, 1, 2, 3], Read(file, "a"));
        Assert.Equal([0f, 2, 1, 3], Read(file, "tied"));
        Assert.Equal([1f, -2], Read(file, "half"));
        Assert.Equal([1f, -2], Read(file, "brain"));
        Assert.Contains("I64", Assert.Throws<UserErrorException>(() => Read(file, "count")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_strided_tensor_is_read_in_pieces()
    {
        const int rows = 70_000;
        using CheckpointFile file = Open(TorchBytes.One(new("0", 2 * rows, [2, rows], [1, 2]), TorchBytes.Count(2 * rows)));
        Assert.Equal(Enumerable.Range(0, 2 * rows).Select(i => (float)(i < rows ? 2 * i : (2 * (i - rows)) + 1)), Read(file, "w"));
    }

    public static TheoryData<string, SmallTensorCase> Outside => new()
    {
        { "too long", new([7], [1], 0) },
        { "offset", new([6], [1], 1) },
        { "negative offset", new([1], [1], -1) },
        { "stride", new([2, 3], [4, 1], 0) },
        { "negative stride", new([2], [-1], 3) },
        { "negative size", new([-1], [1], 0) },
        { "overflow", new([long.MaxValue, long.MaxValue], [long.MaxValue, 1], 0) },
        { "repeated without end", new([1L << 41], [0], 0) },
        { "fewer strides", new([2, 3], [1], 0) },
        { "dimensions", new([.. Enumerable.Repeat(1L, 65)], [.. Enumerable.Repeat(1L, 65)], 0) },
    };

    [Theory]
    [MemberData(nameof(Outside))]
    public void A_tensor_outside_its_storage_is_refused(string what, SmallTensorCase tensor)
    {
        byte[] bytes = TorchBytes.One(new("0", 6, tensor.Shape, tensor.Strides, tensor.Offset), TorchBytes.Count(6));
        Assert.True(Refused(bytes).Contains("inside its storage", StringComparison.Ordinal), what);
    }

    public sealed record SmallTensorCase(long[] Shape, long[] Strides, long Offset);

    [Fact]
    public void A_storage_must_be_there_and_of_its_length()
    {
        var tensor = new SmallTensor("0", 6, [6], [1]);
        Assert.Contains("data/0", Refused(TorchBytes.One(tensor, TorchBytes.Count(5))), StringComparison.Ordinal);
        Assert.Contains("data/0", Refused(TorchBytes.Of(PickleWriter.StateDict(("w", tensor)))), StringComparison.Ordinal);
        Assert.Contains("no known kind", Refused(TorchBytes.One(tensor with { Count = -1 }, [])), StringComparison.Ordinal);
        Assert.Contains("no known kind", Refused(Pickled(new PickleWriter().Op("(tQ."))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("posix", "system")]
    [InlineData("builtins", "eval")]
    [InlineData("torch", "load")]
    [InlineData("torch", "QInt8Storage")]
    [InlineData("torch._utils", "_rebuild_qtensor")]
    [InlineData("collections", "defaultdict")]
    [InlineData("torch.nn.modules.linear", "Linear")]
    public void A_name_that_weights_do_not_need_is_refused(string module, string name)
    {
        PickleWriter[] forms =
        [
            new PickleWriter().Op("}").Text("w").Global(module, name).Op("(").Text("echo").Op("tRs"),
            new PickleWriter().Op("}").Text("w").Text(module).Text(name).Raw(0x93).Op("s"),
        ];
        foreach (PickleWriter form in forms)
            Assert.Contains($"{module}.{name}", Refused(Pickled(form)), StringComparison.Ordinal);
    }

    public static TheoryData<string, byte[]> NoWeights => new()
    {
        { "a list", new PickleWriter().Op("]").End() },
        { "\"state_dict\" is a dictionary", new PickleWriter().Op("}").Text("state_dict").Op("}s").End() },
        { "\"epoch\" is the number 3", new PickleWriter().Op("}").Text("epoch").Number(3).Op("s").End() },
        { "a key in it is the number 1", new PickleWriter().Op("}").Number(1).Op("Ns").End() },
        { "twice", new PickleWriter().Op("}").Text("w").Op("N").Op("s").Text("w").Op("Ns").End() },
        { "protocol", [0x80, 6, (byte)'N', (byte)'.'] },
        { "opcode 0x69", new PickleWriter().Op("iposix\nsystem\n").End() },
        { "opcode 0x81", new PickleWriter().Op("N)").Raw(0x81).End() },
        { "opcode 0x82", new PickleWriter().Raw(0x82, 1).End() },
        { "not there", new PickleWriter().Op("h\x01").End()[..^1] },
        { "cut off", new PickleWriter().Op("X\xff\xff\xff\x7f").End() },
        { "cut off", new PickleWriter().Raw(0x8d).Raw(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f).End() },
        { "not fit 64 bits", new PickleWriter().Raw(0x8a, 9).Raw(new byte[9]).End() },
        { "mark is missing", new PickleWriter().Op("t").End() },
        { "ends too early", new PickleWriter().Op("NN").End() },
        { "value is missing", new PickleWriter().Op("s").End() },
        { "dictionary is missing", new PickleWriter().Op("NNNs").End() },
        { "UTF-8", new PickleWriter().Op("U\x01\xff").End() },
    };

    [Theory]
    [MemberData(nameof(NoWeights))]
    public void What_is_no_state_dict_is_refused_with_the_reason(string reason, byte[] pickle)
    {
        string message = Refused(TorchBytes.Of(pickle));
        Assert.True(reason == "not there" || message.Contains(reason, StringComparison.Ordinal), message);
    }

    [Fact]
    public void Endless_work_is_refused()
    {
        byte[] none = new byte[(1 << 22) + 10];
        none.AsSpan().Fill((byte)'N');
        (none[0], none[1]) = (0x80, 2);
        Assert.Contains("opcodes", Refused(TorchBytes.Of(none)), StringComparison.Ordinal);
    }

    [Fact]
    public void Other_forms_are_refused_with_what_to_do()
    {
        byte[] pickle = PickleWriter.StateDict();
        Assert.Contains("before 1.6", Refused([0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.']),
            StringComparison.Ordinal);
        Assert.Contains("git lfs pull", Refused("version https://git-lfs.github.com/spec/v1\n"u8.ToArray()), StringComparison.Ordinal);
        Assert.Contains("TorchScript", Refused(TorchBytes.Zip(("m/data.pkl", pickle), ("m/constants.pkl", pickle))), StringComparison.Ordinal);
        Assert.Contains("TorchScript", Refused(TorchBytes.Zip(CompressionLevel.Optimal, ("m/code/a.py", pickle), ("m/data.pkl", pickle))), StringComparison.Ordinal);
        Assert.Contains("\"big\"", Refused(TorchBytes.Zip(("m/data.pkl", pickle), ("m/byteorder", "big"u8.ToArray()))), StringComparison.Ordinal);
        Assert.Contains("data.pkl", Refused(TorchBytes.Zip(("model.bin", pickle))), StringComparison.Ordinal);
        Assert.Contains("2 entries", Refused(TorchBytes.Zip(("a/data.pkl", pickle), ("b/data.pkl", pickle))), StringComparison.Ordinal);
        Assert.Contains("compressed", Refused(TorchBytes.Zip(CompressionLevel.Optimal, ("m/data.pkl", new byte[999]))),
            StringComparison.Ordinal);
        Assert.Contains("twice", Refused(TorchBytes.Zip(("m/data.pkl", pickle), ("m/data.pkl", pickle))), StringComparison.Ordinal);
        Assert.Contains("no zip", Refused([]), StringComparison.Ordinal);
        Assert.Contains("cannot read", Assert.Throws<UserErrorException>(() => CheckpointFile.OpenFile(folder.File("absent.bin"))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_cut_anywhere_or_with_changed_bytes_is_read_or_refused()
    {
        byte[] whole = TorchBytes.Of(
            PickleWriter.StateDict(("a", new("0", 6, [2, 3], [3, 1])), ("b", new("1", 2, [2], [1], Storage: "Half"))),
            ("0", TorchBytes.Count(6)), ("1", new byte[4]));
        for (int length = 0; length < whole.Length; length++) TryAll(whole[..length]);
        var random = new Random(7);
        for (int i = 0; i < 4000; i++)
        {
            byte[] changed = [.. whole];
            for (int k = random.Next(1, 5); k > 0; k--) changed[random.Next(changed.Length)] = (byte)random.Next(256);
            TryAll(changed);
        }
    }

    [Fact]
    public void What_the_real_torch_writes_is_read()
    {
        string setup = SharedData.Require(Path.Combine(SharedData.Root, "reference", "setup"));
        const string program = """
            import sys, json, torch
            torch.manual_seed(0)
            w, lin = torch.randn(6, 4), torch.nn.Linear(4, 3)
            d = dict(lin.state_dict(), a=w, t=w.t(), s=w[1:5, 1:3], r=w[2], h=torch.randn(5).half(), b=torch.randn(2, 3).bfloat16(),
                d=torch.randn(3).double(), e=torch.randn(3, 1).expand(3, 5), c=torch.tensor(1.5), z=torch.zeros(0, 3), p=lin.weight,
                m=torch.randn(2, 3, 4).permute(2, 0, 1), f=torch.randn(4).to(torch.float8_e4m3fn))
            for protocol in (2, 3, 4, 5): torch.save(d, f'{sys.argv[1]}/{protocol}.bin', pickle_protocol=protocol)
            json.dump({k: v.float().reshape(-1).tolist() for k, v in d.items()}, open(f'{sys.argv[1]}/values.json', 'w'))
            """;
        Run("bash", "-c", "env $(\"$0\") python3 -c \"$1\" \"$2\"", setup, program, folder.Path);
        using JsonDocument values = JsonDocument.Parse(System.IO.File.ReadAllBytes(folder.File("values.json")));
        for (int protocol = 2; protocol <= 5; protocol++)
        {
            using CheckpointFile file = CheckpointFile.OpenFile(folder.File(FormattableString.Invariant($"{protocol}.bin")));
            Assert.Equal(values.RootElement.EnumerateObject().Select(v => v.Name), file.Tensors.Select(tensor => tensor.Name));
            foreach (JsonProperty value in values.RootElement.EnumerateObject())
                Assert.Equal(value.Value.EnumerateArray().Select(v => (float)v.GetDouble()), Read(file, value.Name));
        }
    }

    private static void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(3)), $"{program} did not end within 3 minutes");
        Assert.Equal(0, process.ExitCode);
    }

    private void TryAll(byte[] bytes)
    {
        try
        {
            using CheckpointFile file = Open(bytes);
            foreach (CheckpointTensor tensor in file.Tensors.Where(tensor => tensor.ElementCount < 1000)) Read(file, tensor.Name);
        }
        catch (UserErrorException) { /* refused */ }
    }

    private static byte[] Pickled(PickleWriter pickle) => TorchBytes.Of(pickle.End());

    private string Refused(byte[] bytes) => Assert.Throws<UserErrorException>(() => Open(bytes).Dispose()).Message;

    private CheckpointFile Open(byte[] bytes)
    {
        System.IO.File.WriteAllBytes(File, bytes);
        return CheckpointFile.OpenFile(File);
    }

    private static float[] Read(CheckpointFile file, string name)
    {
        float[] values = new float[file.Tensors.Single(tensor => tensor.Name == name).ElementCount];
        file.ReadSingles(name, values);
        return values;
    }
}

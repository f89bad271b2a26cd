using System.Buffers.Binary;
using System.Text;

namespace LoraCluster.Tests.Unit.Checkpoints;

/// <summary>Writes pickles opcode by opcode, as Python's pickle module does in protocol 2, right or wrong.</summary>
internal sealed class PickleWriter
{
    private readonly MemoryStream bytes = new();

    public PickleWriter() => bytes.Write([0x80, 2]);

    /// <summary>A state dict: an OrderedDict of tensors, with the attribute that PyTorch gives it.</summary>
    public static byte[] StateDict(params (string Name, SmallTensor Tensor)[] tensors)
    {
        PickleWriter pickle = new PickleWriter().Global("collections", "OrderedDict").Op(")R(");
        foreach ((string name, SmallTensor tensor) in tensors) pickle.Text(name).Tensor(tensor);
        return pickle.Op("u}").Text("_metadata").Global("collections", "OrderedDict").Op(")Rsb").End();
    }

    public PickleWriter Op(string opcodes) => Raw(Encoding.Latin1.GetBytes(opcodes));

    public PickleWriter Raw(params ReadOnlySpan<byte> raw)
    {
        bytes.Write(raw);
        return this;
    }

    public PickleWriter Text(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, utf8.Length);
        return Op("X").Raw(length).Raw(utf8);
    }

    public PickleWriter Number(long number)
    {
        Span<byte> value = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(value, number);
        return Raw(0x8a, 8).Raw(value);
    }

    public PickleWriter Global(string module, string name) => Op($"c{module}\n{name}\n");

    public PickleWriter Tuple(params long[] numbers)
    {
        Op("(");
        foreach (long number in numbers) Number(number);
        return Op("t");
    }

    public PickleWriter Storage(SmallTensor tensor) => Op("(").Text("storage").Global("torch", tensor.Storage + "Storage")
        .Text(tensor.Key).Text("cpu").Number(tensor.Count).Op("tQ");

    public PickleWriter Tensor(SmallTensor tensor) => Global("torch._utils", "_rebuild_tensor_v2").Op("(").Storage(tensor)
        .Number(tensor.Offset).Tuple(tensor.Shape).Tuple(tensor.Strides).Raw(0x89).Global("collections", "OrderedDict").Op(")RtR");

    public byte[] End() => Op(".").bytes.ToArray();
}

/// <summary>A tensor to be written.</summary>
internal sealed record SmallTensor(string Key, long Count, long[] Shape, long[] Strides, long Offset = 0, string Storage = "Float");

using System.Collections.Frozen;
using System.Globalization;
using LoraCluster.Safetensors;

namespace LoraCluster.Pickle;

/// <summary>
/// The names that a checkpoint of <c>torch.save</c> may refer to, and what stands here for calling them (PyTorch's torch/_utils.py and
/// torch/storage.py). Whatever is not in these tables is refused: a pickle can name any function of the machine.
/// </summary>
internal static class TorchGlobals
{
    private const int MostDimensions = 64;

    /// <summary>Of a tensor: one that repeats its elements may have far more than its storage.</summary>
    private const long MostElements = 1L << 40;

    private static readonly FrozenDictionary<string, SafetensorDtype> Storages = new Dictionary<string, SafetensorDtype>
    {
        ["FloatStorage"] = SafetensorDtype.F32, ["HalfStorage"] = SafetensorDtype.F16, ["BFloat16Storage"] = SafetensorDtype.BF16,
        ["DoubleStorage"] = SafetensorDtype.F64, ["LongStorage"] = SafetensorDtype.I64, ["IntStorage"] = SafetensorDtype.I32,
        ["ShortStorage"] = SafetensorDtype.I16, ["CharStorage"] = SafetensorDtype.I8, ["ByteStorage"] = SafetensorDtype.U8,
        ["BoolStorage"] = SafetensorDtype.Bool,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, SafetensorDtype> Dtypes = new Dictionary<string, SafetensorDtype>
    {
        ["float32"] = SafetensorDtype.F32, ["float16"] = SafetensorDtype.F16, ["bfloat16"] = SafetensorDtype.BF16,
        ["float64"] = SafetensorDtype.F64, ["int64"] = SafetensorDtype.I64, ["int32"] = SafetensorDtype.I32,
        ["int16"] = SafetensorDtype.I16, ["int8"] = SafetensorDtype.I8, ["uint8"] = SafetensorDtype.U8, ["bool"] = SafetensorDtype.Bool,
        ["uint16"] = SafetensorDtype.U16, ["uint32"] = SafetensorDtype.U32, ["uint64"] = SafetensorDtype.U64,
        ["float8_e4m3fn"] = SafetensorDtype.F8E4M3, ["float8_e5m2"] = SafetensorDtype.F8E5M2,
        ["float8_e4m3fnuz"] = SafetensorDtype.F8E4M3Fnuz, ["float8_e5m2fnuz"] = SafetensorDtype.F8E5M2Fnuz,
        ["float8_e8m0fnu"] = SafetensorDtype.F8E8M0,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Whether the name may stand in a checkpoint.</summary>
    public static bool IsAllowed(PickleGlobal global) => global switch
    {
        { Module: "collections", Name: "OrderedDict" } or { Module: "torch.storage", Name: "UntypedStorage" } => true,
        { Module: "torch._utils", Name: "_rebuild_tensor_v2" or "_rebuild_tensor_v3" or "_rebuild_parameter" } => true,
        { Module: "torch", Name: { } name } => Storages.ContainsKey(name) || Dtypes.ContainsKey(name),
        _ => false,
    };

    /// <summary>What the call of a name gives.</summary>
    /// <returns>Null where that name cannot be called, or not with these arguments.</returns>
    public static object? Call(PickleGlobal function, object[] arguments) => (function.Name, arguments) switch
    {
        ("OrderedDict", [] or [List<object> { Count: 0 }]) => new PickleDictionary(),
        // (storage, offset, size, stride, requires_grad, backward_hooks[, metadata])
        ("_rebuild_tensor_v2", [TorchStorage { Dtype: { } dtype } storage, long offset, object[] size, object[] stride, _, _, ..]) =>
            arguments.Length <= 7 ? Tensor(storage, dtype, offset, size, stride) : null,
        // (storage, offset, size, stride, requires_grad, backward_hooks, dtype[, metadata])
        ("_rebuild_tensor_v3", [TorchStorage storage, long offset, object[] size, object[] stride, _, _, PickleGlobal dtype, ..]) =>
            arguments.Length <= 8 && dtype.Module == "torch" && Dtypes.TryGetValue(dtype.Name, out SafetensorDtype type)
                ? Tensor(storage, type, offset, size, stride) : null,
        // (data, requires_grad, backward_hooks)
        ("_rebuild_parameter", [TorchTensor data, _, _]) => data,
        _ => null,
    };

    /// <summary>The storage that a persistent id names: ('storage', type, key, location, number of elements).</summary>
    /// <returns>Null where the id is another one.</returns>
    public static TorchStorage? Storage(object id)
    {
        if (id is not object[] parts || parts is not ["storage", PickleGlobal type, string key, string, long count] || count < 0) return null;
        if (type is { Module: "torch.storage", Name: "UntypedStorage" }) return new TorchStorage(key, null, count);
        return type.Module == "torch" && Storages.TryGetValue(type.Name, out SafetensorDtype dtype)
            ? new TorchStorage(key, dtype, count) : null;
    }

    /// <summary>A tensor whose every element lies inside its storage.</summary>
    /// <returns>Null where one does not, or the numbers are none.</returns>
    private static TorchTensor? Tensor(TorchStorage storage, SafetensorDtype dtype, long offset, object[] size, object[] stride)
    {
        if (size.Length != stride.Length || size.Length > MostDimensions || offset < 0) return null;
        long[] shape = new long[size.Length], strides = new long[size.Length];
        Int128 last = offset, count = 1;
        bool empty = false;
        for (int i = 0; i < size.Length; i++)
        {
            if (size[i] is not long length || stride[i] is not long step || length < 0 || step < 0) return null;
            (shape[i], strides[i]) = (length, step);
            empty |= length == 0;
            last += (Int128)Math.Max(0, length - 1) * step;
            count *= Math.Max(1, length);
            if (count > MostElements || last > long.MaxValue) return null;
        }
        Int128 held = storage.Dtype is null ? storage.Count / (SafetensorDtypes.BitsOf(dtype) / 8) : storage.Count;
        bool inside = empty ? offset <= held : last < held;
        return inside && (storage.Dtype is null || storage.Dtype == dtype) ? new TorchTensor(storage, dtype, offset, shape, strides) : null;
    }

    /// <summary>What a value is, for a message.</summary>
    public static string Describe(object value) => value switch
    {
        PickleSign.None => "None",
        string => "a text",
        bool or long or double => string.Create(CultureInfo.InvariantCulture, $"the number {value}"),
        object[] => "a tuple",
        List<object> => "a list",
        PickleDictionary => "a dictionary",
        TorchTensor => "a tensor",
        TorchStorage => "a storage",
        PickleGlobal global => $"the name {global}",
        _ => "a mark",
    };
}

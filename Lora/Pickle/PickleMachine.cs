using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace LoraCluster.Pickle;

/// <summary>
/// Reads a pickle (Python's pickletools.py describes the opcodes) as plain data: it runs nothing, knows only the opcodes that a checkpoint
/// needs and only the names of <see cref="TorchGlobals"/>. Work and memory are bounded by <see cref="MostOpcodes"/> and the pickle's length.
/// </summary>
internal ref struct PickleMachine
{
    /// <summary>Some 60 stand for a tensor, so this is enough for 70,000 of them.</summary>
    private const int MostOpcodes = 1 << 22;

    private readonly string path;
    private readonly ReadOnlySpan<byte> pickle;
    private readonly List<object> stack = [];
    private readonly Dictionary<long, object> memo = [];
    private int position;

    private PickleMachine(string path, ReadOnlySpan<byte> pickle)
    {
        this.path = path;
        this.pickle = pickle;
    }

    /// <summary>The value that a pickle stands for.</summary>
    /// <exception cref="UserErrorException">It is damaged, or asks for something that a checkpoint does not need; named.</exception>
    public static object Read(string path, ReadOnlySpan<byte> pickle) => new PickleMachine(path, pickle).Run();

    private object Run()
    {
        for (int done = 0; done < MostOpcodes; done++)
        {
            byte opcode = Take(1)[0];
            if (opcode == '.') return stack.Count == 1 && stack[0] is not PickleSign.Mark ? stack[0] : throw Damaged("it ends too early");
            Step(opcode);
        }
        throw Refuse($"its pickle has more than {Format(MostOpcodes)} opcodes");
    }

    private void Step(byte opcode)
    {
        switch (opcode)
        {
            case 0x80: CheckProtocol(Take(1)[0]); break; // PROTO
            case 0x95: Take(8); break; // FRAME: only a hint for buffers
            case (byte)'(': stack.Add(PickleSign.Mark); break;
            case (byte)'N': stack.Add(PickleSign.None); break;
            case 0x88: stack.Add(true); break; // NEWTRUE
            case 0x89: stack.Add(false); break; // NEWFALSE
            case (byte)'K': stack.Add((long)Take(1)[0]); break; // BININT1
            case (byte)'M': stack.Add((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break; // BININT2
            case (byte)'J': stack.Add((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break; // BININT
            case 0x8a: stack.Add(Long(Take(Take(1)[0]))); break; // LONG1
            case (byte)'G': stack.Add(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break; // BINFLOAT
            case (byte)'X': stack.Add(Text(TakeCounted(4))); break; // BINUNICODE
            case 0x8c: stack.Add(Text(TakeCounted(1))); break; // SHORT_BINUNICODE
            case 0x8d: stack.Add(Text(TakeCounted(8))); break; // BINUNICODE8
            case (byte)'U': stack.Add(Text(TakeCounted(1))); break; // SHORT_BINSTRING: a text of Python 2
            case (byte)'T': stack.Add(Text(TakeCounted(4))); break; // BINSTRING
            case (byte)')': stack.Add(Array.Empty<object>()); break; // EMPTY_TUPLE
            case (byte)']': stack.Add(new List<object>()); break; // EMPTY_LIST
            case (byte)'}': stack.Add(new PickleDictionary()); break; // EMPTY_DICT
            case 0x85 or 0x86 or 0x87: stack.Add(Pop(opcode - 0x84)); break; // TUPLE1 to TUPLE3
            case (byte)'t': stack.Add(PopToMark()); break; // TUPLE
            case (byte)'0': Pop(); break; // POP
            case (byte)'2': stack.Add(Peek<object>("a value")); break; // DUP
            case (byte)'q': memo[Take(1)[0]] = Peek<object>("a value"); break; // BINPUT
            case (byte)'r': memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = Peek<object>("a value"); break; // LONG_BINPUT
            case 0x94: memo[memo.Count] = Peek<object>("a value"); break; // MEMOIZE
            case (byte)'h': stack.Add(Remembered(Take(1)[0])); break; // BINGET
            case (byte)'j': stack.Add(Remembered(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))); break; // LONG_BINGET
            case (byte)'a': AddToList(Pop(1)); break; // APPEND
            case (byte)'e': AddToList(PopToMark()); break; // APPENDS
            case (byte)'s': AddToDictionary(Pop(2)); break; // SETITEM
            case (byte)'u': AddToDictionary(PopToMark()); break; // SETITEMS
            case (byte)'c': stack.Add(Global(Line(), Line())); break; // GLOBAL
            case 0x93: StackGlobal(); break; // STACK_GLOBAL
            case (byte)'Q': stack.Add(TorchGlobals.Storage(Pop()) ?? throw Refuse("a storage in it is of no known kind")); break; // BINPERSID
            case (byte)'R': Call(); break; // REDUCE
            case (byte)'b': Build(); break; // BUILD
            default: throw Refuse($"its pickle has the opcode 0x{opcode:x2} at byte {Format(position - 1)}, which no checkpoint needs");
        }
    }

    private readonly void CheckProtocol(byte protocol)
    {
        if (protocol is < 2 or > 5) throw Refuse($"its pickle has the protocol {Format(protocol)}; allowed is 2 to 5");
    }

    private void StackGlobal() => stack.Add(Pop(2) is [string module, string name] ? Global(module, name) : throw Damaged("a name is none"));

    private void Call()
    {
        if (Pop(2) is not [PickleGlobal function, object[] arguments]) throw Damaged("a call has no function or no arguments");
        stack.Add(TorchGlobals.Call(function, arguments) ?? throw Refuse($"the arguments of {function} in it are not valid: "
            + $"{string.Join(", ", arguments.Take(8).Select(TorchGlobals.Describe))}; a tensor must lie inside its storage"));
    }

    /// <summary>The attributes of an object: a state dict has its modules' versions there, which say nothing of the weights.</summary>
    private void Build()
    {
        if (Pop() is not (PickleDictionary or PickleSign.None)) throw Damaged("the attributes of an object are no dictionary");
        Peek<PickleDictionary>("a dictionary");
    }

    private void AddToList(object[] items) => Peek<List<object>>("a list").AddRange(items);

    private void AddToDictionary(object[] items)
    {
        PickleDictionary dictionary = Peek<PickleDictionary>("a dictionary");
        if (items.Length % 2 != 0) throw Damaged("a key has no value");
        for (int i = 0; i < items.Length; i += 2)
        {
            if (items[i] is not string key) throw Refuse($"a key in it is {TorchGlobals.Describe(items[i])}; allowed are texts");
            if (!dictionary.TryAdd(key, items[i + 1])) throw Refuse($"the key \"{key}\" stands there twice");
        }
    }

    private readonly PickleGlobal Global(string module, string name)
    {
        var global = new PickleGlobal(module, name);
        return TorchGlobals.IsAllowed(global) ? global : throw Refuse($"it refers to {global}, which is not allowed: weights are tensors, "
            + "and nothing in a file is ever run. If you trust it, save its state dict anew");
    }

    private readonly object Remembered(long key) =>
        memo.TryGetValue(key, out object? value) ? value : throw Damaged("a value is used before it is there");

    private readonly object Pop() => Pop(1)[0];

    private readonly object[] Pop(int count)
    {
        if (stack.Count < count) throw Damaged("a value is missing");
        object[] values = [.. stack[^count..]];
        if (Array.IndexOf(values, PickleSign.Mark) >= 0) throw Damaged("a value is missing");
        stack.RemoveRange(stack.Count - count, count);
        return values;
    }

    private readonly object[] PopToMark()
    {
        int mark = stack.LastIndexOf(PickleSign.Mark);
        if (mark < 0) throw Damaged("a mark is missing");
        object[] values = [.. stack[(mark + 1)..]];
        stack.RemoveRange(mark, stack.Count - mark);
        return values;
    }

    private readonly T Peek<T>(string what) where T : class =>
        stack.Count > 0 && stack[^1] is T value and not PickleSign.Mark ? value : throw Damaged($"{what} is missing");

    private ReadOnlySpan<byte> Take(long count)
    {
        if (count < 0 || count > pickle.Length - position) throw Damaged("it is cut off");
        ReadOnlySpan<byte> bytes = pickle.Slice(position, (int)count);
        position += (int)count;
        return bytes;
    }

    private ReadOnlySpan<byte> TakeCounted(int bytesOfCount)
    {
        ReadOnlySpan<byte> count = Take(bytesOfCount);
        return Take(bytesOfCount switch
        {
            1 => count[0],
            4 => BinaryPrimitives.ReadUInt32LittleEndian(count),
            _ => BinaryPrimitives.ReadInt64LittleEndian(count),
        });
    }

    private string Line()
    {
        int length = pickle[position..].IndexOf((byte)'\n');
        if (length < 0) throw Damaged("it is cut off");
        string line = Text(Take(length));
        Take(1);
        return line;
    }

    private readonly long Long(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 8) throw Refuse("a whole number in it does not fit 64 bits");
        long value = 0;
        for (int i = 0; i < bytes.Length; i++) value |= (long)bytes[i] << (8 * i);
        int unused = 64 - 8 * bytes.Length;
        return bytes.IsEmpty ? 0 : value << unused >> unused;
    }

    private readonly string Text(ReadOnlySpan<byte> bytes) =>
        Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : throw Damaged("a text is not valid UTF-8");

    private static string Format(long number) => number.ToString(CultureInfo.InvariantCulture);

    private readonly UserErrorException Damaged(string fault) => Refuse($"its pickle is damaged near byte {Format(position)}: {fault}");

    private readonly UserErrorException Refuse(string fault) => TorchFile.Refuse(path, fault);
}

using System.Globalization;
using System.Text;
using LoraCluster.Checkpoints;
using LoraCluster.Safetensors;

namespace LoraCluster.Pickle;

/// <summary>
/// A file that <c>torch.save</c> wrote from a state dict (PyTorch 1.6 and later: a zip of <c>data.pkl</c>, which describes the tensors, and
/// one entry <c>data/KEY</c> a storage; torch/serialization.py). Refused, each with what to do: PyTorch's older form, TorchScript, anything
/// but a dictionary of tensors, names that weights do not need (<see cref="PickleMachine"/>).
/// </summary>
internal sealed class TorchFile : ITensorFile
{
    private const long LargestPickle = 64 << 20;
    private const string Convert = "convert it where it was made, in Python: torch.save(torch.load(FILE, weights_only=True), FILE)";

    private readonly MappedFile file;
    private readonly Dictionary<string, (TorchTensor Tensor, long Start)> byName = new(StringComparer.Ordinal);
    private readonly string folder;

    private TorchFile(MappedFile file)
    {
        this.file = file;
        RefuseOtherForms();
        StoredZip zip = StoredZip.Read(file);
        folder = FolderOf(zip);
        CheckByteOrder(zip);
        (long start, long length) = zip.Find(folder + "data.pkl")!.Value;
        if (length > LargestPickle) throw Refuse($"its data.pkl has {Format(length)} bytes, more than {Format(LargestPickle)}");
        object value = PickleMachine.Read(Path, file.Bytes(start, (int)length));
        if (value is not PickleDictionary dictionary)
            throw Refuse($"it holds {TorchGlobals.Describe(value)}; allowed is a dictionary of tensors (a state dict)");
        CheckValues(dictionary);
        foreach ((string name, object tensor) in dictionary.Entries) byName.Add(name, Place(zip, name, (TorchTensor)tensor));
        Tensors = [.. dictionary.Entries.Select(entry => Describe(entry.Key, (TorchTensor)entry.Value))];
    }

    public string Path => file.Path;

    public IReadOnlyList<CheckpointTensor> Tensors { get; }

    /// <exception cref="UserErrorException">The file cannot be read or is not one of these; the message says why.</exception>
    public static TorchFile Open(string path)
    {
        MappedFile file = MappedFile.Open(path);
        try
        {
            return new TorchFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void ReadSingles(string name, Span<float> destination)
    {
        if (!byName.TryGetValue(name, out var found)) throw new UserErrorException($"{Path} has no tensor \"{name}\"");
        (TorchTensor tensor, long start) = found;
        if (!SingleConversion.Supports(tensor.Dtype, allowIntegers: false))
        {
            throw new UserErrorException($"{Path}: tensor \"{name}\" has dtype {SafetensorDtypes.NameOf(tensor.Dtype)}; "
                + "allowed here are F32, F16, BF16, F64, F8_E4M3, F8_E5M2 and F8_E8M0");
        }
        long count = Describe(name, tensor).ElementCount;
        if (destination.Length != count)
        {
            string lengths = $"{Format(destination.Length)} elements for the {Format(count)}";
            throw new ArgumentException($"{lengths} of tensor \"{name}\"", nameof(destination));
        }
        StridedReading.Read(file, start, tensor, destination);
    }

    public void Dispose() => file.Dispose();

    internal static UserErrorException Refuse(string path, string fault) => new($"{path} is no checkpoint that can be read: {fault}");

    private static CheckpointTensor Describe(string name, TorchTensor tensor) =>
        new(name, tensor.Dtype, SafetensorDtypes.NameOf(tensor.Dtype), tensor.Shape);

    private void RefuseOtherForms()
    {
        ReadOnlySpan<byte> start = file.Bytes(0, (int)Math.Min(file.Length, 64));
        if (start.StartsWith("PK\u0003\u0004"u8)) return;
        if (start.StartsWith("version https://git-lfs"u8)) throw Refuse("it is a pointer of Git LFS; fetch the file itself: git lfs pull");
        // PROTO 2, LONG1 of 10 bytes: PyTorch's magic number (torch/serialization.py: MAGIC_NUMBER).
        if (start.StartsWith((ReadOnlySpan<byte>)[0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]))
            throw Refuse($"it has the form that PyTorch wrote before 1.6; {Convert}");
        throw Refuse("it is no zip file, as torch.save writes");
    }

    private string FolderOf(StoredZip zip)
    {
        string[] folders = [.. zip.Names.Where(name => name.EndsWith("/data.pkl", StringComparison.Ordinal))
            .Select(name => name[..^"data.pkl".Length]).Where(name => name.IndexOf('/', StringComparison.Ordinal) == name.Length - 1)];
        if (folders.Length != 1) throw Refuse($"it has {Format(folders.Length)} entries NAME/data.pkl, not one");
        if (zip.Names.Any(name => name == folders[0] + "constants.pkl"
            || name.StartsWith(folders[0] + "code/", StringComparison.Ordinal)))
        {
            throw Refuse("it is a TorchScript program; save its weights where it was made, in Python: "
                + "torch.save(torch.jit.load(FILE).state_dict(), \"pytorch_model.bin\")");
        }
        return folders[0];
    }

    private void CheckByteOrder(StoredZip zip)
    {
        if (zip.Find(folder + "byteorder") is not { } entry) return;
        string order = Encoding.UTF8.GetString(file.Bytes(entry.Offset, (int)Math.Min(entry.Length, 16))).Trim();
        if (order != "little") throw Refuse($"its numbers have the byte order \"{order}\"; allowed is little. {Convert} on this machine");
    }

    private void CheckValues(PickleDictionary dictionary)
    {
        KeyValuePair<string, object>[] wrong = [.. dictionary.Entries.Where(entry => entry.Value is not TorchTensor)];
        if (wrong.Length == 0) return;
        (string name, object value) = wrong[0];
        if (value is PickleDictionary)
        {
            throw Refuse($"its entry \"{name}\" is a dictionary, not a tensor; if it is the state dict, save it by itself, in Python: "
                + $"torch.save(torch.load(FILE, weights_only=True)[\"{name}\"], \"pytorch_model.bin\")");
        }
        throw Refuse($"its entry \"{name}\" is {TorchGlobals.Describe(value)}, not a tensor"
            + (wrong.Length > 1 ? $"; nor are {Format(wrong.Length - 1)} more" : ""));
    }

    /// <summary>The tensor with the place of its storage in the file.</summary>
    private (TorchTensor Tensor, long Start) Place(StoredZip zip, string name, TorchTensor tensor)
    {
        (string key, SafetensorDtype? dtype, long count) = tensor.Storage;
        if (zip.Find($"{folder}data/{key}") is not { } entry)
            throw Refuse($"tensor \"{name}\" is in the entry data/{key}, which is not there");
        if ((Int128)count * (dtype is { } type ? SafetensorDtypes.BitsOf(type) / 8 : 1) == entry.Length) return (tensor, entry.Offset);
        throw Refuse($"tensor \"{name}\" is in the entry data/{key}, whose {Format(entry.Length)} bytes are not the "
            + $"{Format(count)} elements of its storage; it is damaged or cut off");
    }

    private static string Format(long number) => number.ToString(CultureInfo.InvariantCulture);

    private UserErrorException Refuse(string fault) => Refuse(Path, fault);
}

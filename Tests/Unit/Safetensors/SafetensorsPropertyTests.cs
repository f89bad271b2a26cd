using CsCheck;
using LoraCluster.Safetensors;

namespace LoraCluster.Tests.Unit.Safetensors;

public sealed class SafetensorsPropertyTests
{
    private sealed record Tensor(string Name, SafetensorDtype Dtype, long[] Shape, byte[] Data)
    {
        public override string ToString() => $"{Name} {Dtype} [{string.Join(',', Shape)}]";
    }

    private static readonly SafetensorDtype[] Dtypes = [.. Enum.GetValues<SafetensorDtype>().Where(d => d != SafetensorDtype.Unknown)];

    private static readonly Gen<byte> GenJsonByte = Gen.Int[0, 22].Select(i => "{}[],:\"\\0123456789-e. \n"u8[i]);

    private static readonly Gen<Tensor> GenTensor =
        from name in Gen.String[Gen.OneOf(Gen.Char['a', 'z'], Gen.Char['\0', '\uD7FF']), 0, 12]
        from dtype in Gen.OneOf([.. Dtypes.Select(Gen.Const)])
        from shape in Gen.Long[0, 4].Array[0, 3]
        // Whole bytes also for elements of 4 and 6 bits.
        let whole = SafetensorDtypes.BitsOf(dtype) < 8 ? [.. shape, 4] : shape
        from data in Gen.Byte.Array[(int)(whole.Aggregate(1L, (a, b) => a * b) * SafetensorDtypes.BitsOf(dtype) / 8)]
        select new Tensor(name, dtype, whole, data);

    private static readonly Gen<Tensor[]> GenTensors = GenTensor.Array[0, 8]
        .Select(tensors => tensors.Where(t => t.Name != "__metadata__").DistinctBy(t => t.Name).ToArray());

    [Fact]
    public void What_is_written_is_read_whatever_the_order()
    {
        using var folder = new TemporaryFolder();
        GenTensors.Sample(tensors =>
        {
            byte[] bytes = Bytes(tensors);
            Assert.Equal(bytes, Bytes(tensors.Reverse()));
            using SafetensorsReader reader = SafetensorsBytes.Open(folder, bytes);
            Assert.Equal(tensors.Select(t => t.Name).Order(StringComparer.Ordinal), reader.Tensors.Select(t => t.Name));
            foreach (Tensor tensor in tensors)
            {
                SafetensorInfo info = reader.Get(tensor.Name);
                Assert.Equal(tensor.Dtype, info.Dtype);
                Assert.Equal(tensor.Shape, info.Shape);
                Assert.Equal(tensor.Data, reader.Bytes(tensor.Name).ToArray());
            }
        }, iter: 1000, threads: 1);
    }

    [Fact]
    public void A_damaged_file_is_read_or_refused_and_never_anything_else()
    {
        using var folder = new TemporaryFolder();
        var gen = from tensors in GenTensors
                  from edits in Gen.Select(Gen.Int[0, 3], Gen.Double[0, 1], Gen.OneOf(Gen.Byte, GenJsonByte)).Array[1, 4]
                  select (tensors, edits);
        gen.Sample(damaged =>
        {
            List<byte> bytes = [.. Bytes(damaged.tensors)];
            foreach ((int kind, double where, byte value) in damaged.edits) Edit(bytes, kind, (int)(where * bytes.Count), value);
            string path = folder.File("damaged.safetensors");
            File.WriteAllBytes(path, [.. bytes]);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using SafetensorsReader reader = SafetensorsReader.Open(path);
                foreach (SafetensorInfo tensor in reader.Tensors.Where(t => t.Dtype != SafetensorDtype.Unknown))
                {
                    Assert.Equal(tensor.ByteLength, reader.Bytes(tensor.Name).Length);
                }
            }
            catch (UserErrorException error)
            {
                Assert.Contains(path, error.Message, StringComparison.Ordinal);
            }
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
        }, iter: 5000, threads: 1);
    }

    private static void Edit(List<byte> bytes, int kind, int where, byte value)
    {
        if (where >= bytes.Count) return;
        if (kind == 0) bytes[where] = value;
        else if (kind == 1) bytes.Insert(where, value);
        else if (kind == 2) bytes.RemoveAt(where);
        else bytes.RemoveRange(where, bytes.Count - where);
    }

    private static byte[] Bytes(IEnumerable<Tensor> tensors) =>
        SafetensorsWriter.ToBytes(tensors.Select(t => (t.Name, t.Dtype, t.Shape, (ReadOnlyMemory<byte>)t.Data)));
}

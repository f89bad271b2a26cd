using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;

namespace LoraCluster.Tests.Unit.Checkpoints;

/// <summary>Files of <c>torch.save</c>, put together so that they can be wrong.</summary>
internal static class TorchBytes
{
    public static byte[] Of(byte[] pickle, params (string Key, byte[] Data)[] storages) => Zip(
        [("model/data.pkl", pickle), ("model/byteorder", "little"u8.ToArray()),
            .. storages.Select(storage => ("model/data/" + storage.Key, storage.Data)), ("model/version", "3\n"u8.ToArray())]);

    public static byte[] Zip(params (string Name, byte[] Data)[] entries) => Zip(CompressionLevel.NoCompression, entries);

    public static byte[] Zip(CompressionLevel level, params (string Name, byte[] Data)[] entries)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true, Encoding.UTF8))
        {
            foreach ((string name, byte[] data) in entries)
            {
                using Stream entry = zip.CreateEntry(name, level).Open();
                entry.Write(data);
            }
        }
        return stream.ToArray();
    }

    public static byte[] Floats(params float[] values) => MemoryMarshal.AsBytes<float>(values).ToArray();

    /// <summary>0, 1, 2, ...</summary>
    public static byte[] Count(int count) => Floats([.. Enumerable.Range(0, count).Select(i => (float)i)]);

    /// <summary>A file with one tensor.</summary>
    public static byte[] One(SmallTensor tensor, byte[] data) => Of(PickleWriter.StateDict(("w", tensor)), (tensor.Key, data));
}

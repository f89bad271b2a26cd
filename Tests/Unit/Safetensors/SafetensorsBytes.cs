using System.Buffers.Binary;
using System.Text;
using LoraCluster.Safetensors;

namespace LoraCluster.Tests.Unit.Safetensors;

/// <summary>Files put together byte by byte, so that they can be wrong.</summary>
internal static class SafetensorsBytes
{
    public static byte[] Of(string header, int dataLength) => Of(Encoding.UTF8.GetBytes(header), dataLength);

    public static byte[] Of(byte[] header, int dataLength)
    {
        byte[] bytes = new byte[8 + header.Length + dataLength];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, header.Length);
        header.CopyTo(bytes, 8);
        return bytes;
    }

    /// <summary>Opens bytes as a file of a folder that the caller owns.</summary>
    public static SafetensorsReader Open(TemporaryFolder folder, byte[] bytes)
    {
        string path = folder.File("model.safetensors");
        File.WriteAllBytes(path, bytes);
        return SafetensorsReader.Open(path);
    }
}

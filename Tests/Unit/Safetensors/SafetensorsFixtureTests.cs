using LoraCluster.Safetensors;

namespace LoraCluster.Tests.Unit.Safetensors;

[Trait("Category", "Fidelity")]
public sealed class SafetensorsFixtureTests
{
    [Fact]
    public void Every_file_of_the_reference_is_read_and_written_again_without_a_difference()
    {
        using var folder = new TemporaryFolder();
        string copy = folder.File("copy.safetensors");
        string[] files = Directory.GetFiles(SharedData.Require(SharedData.Fixtures), "*.safetensors", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        foreach (string file in files)
        {
            using SafetensorsReader original = SafetensorsReader.Open(file);
            SafetensorsWriter.Write(copy, original.Tensors.Select(
                t => (t.Name, t.Dtype, t.Shape, (ReadOnlyMemory<byte>)original.Bytes(t.Name).ToArray())), original.Metadata);
            using SafetensorsReader written = SafetensorsReader.Open(copy);
            Assert.Equal(original.Metadata.OrderBy(m => m.Key), written.Metadata.OrderBy(m => m.Key));
            Assert.Equal(original.Tensors.Count, written.Tensors.Count);
            foreach (SafetensorInfo tensor in original.Tensors)
            {
                Assert.Equal(tensor.Dtype, written.Get(tensor.Name).Dtype);
                Assert.Equal(tensor.Shape, written.Get(tensor.Name).Shape);
                Assert.True(original.Bytes(tensor.Name).SequenceEqual(written.Bytes(tensor.Name)), tensor.Name);
            }
        }
    }
}

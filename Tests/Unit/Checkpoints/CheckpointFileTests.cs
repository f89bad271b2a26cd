using System.Text;
using LoraCluster.Checkpoints;
using LoraCluster.Models;
using LoraCluster.Safetensors;

namespace LoraCluster.Tests.Unit.Checkpoints;

public sealed class CheckpointFileTests : IDisposable
{
    private const string Index = "model.safetensors.index.json";
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_first_form_that_is_there_counts()
    {
        string message = Assert.Throws<UserErrorException>(() => CheckpointFile.Open(folder.Path)).Message;
        foreach (string name in CheckpointFile.Names) Assert.Contains(name, message, StringComparison.Ordinal);
        Assert.Empty(CheckpointFile.FilesOf(folder.Path));

        Write("pytorch_model.bin.index.json", """{"weight_map": {"d": "pytorch_model-1.bin"}}""");
        WriteTorch("pytorch_model-1.bin", "d");
        Expect("pytorch_model.bin.index.json", ["pytorch_model.bin.index.json", "pytorch_model-1.bin"], "d");
        WriteTorch("pytorch_model.bin", "c");
        Expect("pytorch_model.bin", ["pytorch_model.bin"], "c");
        Write(Index, """{"metadata": {"total_size": 8}, "weight_map": {"b1": "s-1.safetensors", "b2": "s-2.safetensors"}}""");
        WriteSafetensors("s-1.safetensors", "b1");
        WriteSafetensors("s-2.safetensors", "b2");
        Expect(Index, [Index, "s-1.safetensors", "s-2.safetensors"], "b1", "b2");
        WriteSafetensors("model.safetensors", "a");
        Expect("model.safetensors", ["model.safetensors"], "a");
    }

    [Fact]
    public void A_models_identity_is_that_of_the_files_that_are_read()
    {
        Write("config.json", "{}");
        Write("unread.txt", "");
        WriteTorch("pytorch_model.bin", "w");
        Assert.Equal(["config.json", "pytorch_model.bin"], BaseModel.FilesOf(folder.Path).Select(Path.GetFileName));
        WriteSafetensors("model.safetensors", "w");
        Assert.Equal(["config.json", "model.safetensors"], BaseModel.FilesOf(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Shards_may_be_links_to_another_folder()
    {
        string blobs = Directory.CreateDirectory(folder.File("blobs")).FullName, snapshot = Directory.CreateDirectory(folder.File("s")).FullName;
        WriteSafetensors("blobs/123", "w");
        File.CreateSymbolicLink(Path.Combine(snapshot, "part.safetensors"), "../blobs/123");
        File.WriteAllText(Path.Combine(blobs, "456"), """{"weight_map": {"w": "part.safetensors"}}""");
        File.CreateSymbolicLink(Path.Combine(snapshot, Index), "../blobs/456");
        using CheckpointFile file = CheckpointFile.Open(snapshot);
        Assert.Equal([1f], Read(file, "w"));
    }

    [Theory]
    [InlineData("{\"weight_map\": {\"a\": \"s-1.safetensors\", \"b\": \"s-2.safetensors\", \"x\": \"s-2.safetensors\"}}", "\"x\"")]
    [InlineData("{\"weight_map\": {\"a\": \"s-1.safetensors\"}}", null)]
    [InlineData("{\"weight_map\": {\"a\": \"s-1.safetensors\", \"b\": \"s-1.safetensors\"}}", "\"b\"")]
    [InlineData("{\"weight_map\": {\"x\": \"s-1.safetensors\", \"b\": \"s-2.safetensors\"}}", "\"a\"")]
    [InlineData("{\"weight_map\": {\"a\": \"s-2.safetensors\", \"b\": \"s-1.safetensors\"}}", "names for s-1.safetensors")]
    [InlineData("{\"weight_map\": {\"a\": \"s-1.safetensors\", \"b\": \"s-3.safetensors\"}}", "s-3.safetensors, which is not there")]
    [InlineData("{\"weight_map\": {\"a\": \"../s-1.safetensors\"}}", "\"../s-1.safetensors\"")]
    [InlineData("{\"weight_map\": {\"a\": \"/etc/passwd\"}}", "\"/etc/passwd\"")]
    [InlineData("{\"weight_map\": {\"a\": \"..\"}}", "\"..\"")]
    [InlineData("{\"weight_map\": {\"a\": \"\"}}", "\"a\"")]
    [InlineData("{\"weight_map\": {\"a\": 1}}", "\"a\"")]
    [InlineData("{\"weight_map\": {\"a\": \"s-1.safetensors\", \"a\": \"s-2.safetensors\"}}", "twice")]
    [InlineData("{\"weight_map\": {\"\\ud800\": \"s-1.safetensors\"}}", "Unicode")]
    [InlineData("{\"weight_map\": {}}", "empty")]
    [InlineData("{\"weight_map\": []}", "weight_map")]
    [InlineData("{}", "weight_map")]
    [InlineData("[]", "weight_map")]
    [InlineData("{\"weight_map\": {\"a\":", "JSON")]
    [InlineData("", "JSON")]
    public void An_odd_index_is_refused_by_name(string index, string? named)
    {
        WriteSafetensors("s-1.safetensors", "a");
        WriteSafetensors("s-2.safetensors", "b");
        Write(Index, index);
        if (named is null)
        {
            using CheckpointFile whole = CheckpointFile.Open(folder.Path);
            return;
        }
        string message = Assert.Throws<UserErrorException>(() => CheckpointFile.Open(folder.Path)).Message;
        Assert.Contains(named, message, StringComparison.Ordinal);
        Assert.Contains(folder.Path, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_that_two_shards_have_is_refused()
    {
        WriteSafetensors("s-1.safetensors", "a", "b");
        WriteSafetensors("s-2.safetensors", "b");
        Write(Index, """{"weight_map": {"a": "s-1.safetensors", "b": "s-2.safetensors"}}""");
        string message = Assert.Throws<UserErrorException>(() => CheckpointFile.Open(folder.Path)).Message;
        Assert.Contains("s-1.safetensors has the tensor \"b\", which the index names for s-2.safetensors", message, StringComparison.Ordinal);
    }

    private void Expect(string path, string[] files, params string[] tensors)
    {
        using CheckpointFile file = CheckpointFile.Open(folder.Path);
        Assert.Equal(folder.File(path), file.Path);
        Assert.Equal(files.Select(folder.File), file.Files);
        Assert.Equal(files.Select(folder.File), CheckpointFile.FilesOf(folder.Path));
        Assert.Equal(tensors, file.Tensors.Select(tensor => tensor.Name));
        foreach (string tensor in tensors) Assert.Equal([1f], Read(file, tensor));
    }

    private static float[] Read(CheckpointFile file, string name)
    {
        float[] values = new float[1];
        file.ReadSingles(name, values);
        return values;
    }

    private void Write(string name, string text) => File.WriteAllText(folder.File(name), text, new UTF8Encoding(false));

    private void WriteTorch(string name, string tensor) => File.WriteAllBytes(
        folder.File(name), TorchBytes.Of(PickleWriter.StateDict((tensor, new("0", 1, [1], [1]))), ("0", TorchBytes.Floats(1))));

    private void WriteSafetensors(string name, params string[] tensors) => SafetensorsWriter.Write(folder.File(name), tensors.Select(
        tensor => (tensor, SafetensorDtype.F32, (long[])[1], (ReadOnlyMemory<byte>)TorchBytes.Floats(1))));
}

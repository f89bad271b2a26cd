using System.Security.Cryptography;
using LoraCluster.Files;

namespace LoraCluster.Grains.Work;

/// <summary>Sends files through a work's output, in parts of a bounded size, each file's hash at its end.</summary>
internal static class FolderStream
{
    /// <summary>Announces the files and sends them.</summary>
    public static void Send(
        WorkOutput<FolderPart> output, IReadOnlyList<OutputFile> files, IReadOnlyList<string> notices, string summary)
    {
        output.Write(new FolderStart([.. files.Select(f => new FolderFile(f.Name, f.Length))], notices, summary));
        foreach (OutputFile file in files)
        {
            using var parts = new PartStream(output);
            file.WriteTo(parts);
            parts.End();
        }
    }

    private sealed class PartStream(WorkOutput<FolderPart> output) : WriteOnlyStream
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private readonly byte[] _buffer = new byte[FolderBytes.MaxBytes];
        private int _filled;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _hash.AppendData(buffer);
            while (buffer.Length > 0)
            {
                int count = Math.Min(buffer.Length, _buffer.Length - _filled);
                buffer[..count].CopyTo(_buffer.AsSpan(_filled));
                _filled += count;
                buffer = buffer[count..];
                if (_filled == _buffer.Length) SendFilled();
            }
        }

        public void End()
        {
            if (_filled > 0) SendFilled();
            output.Write(new FolderFileEnd(Convert.ToHexStringLower(_hash.GetHashAndReset())));
        }

        protected override void Dispose(bool disposing)
        {
            _hash.Dispose();
            base.Dispose(disposing);
        }

        private void SendFilled()
        {
            output.Write(new FolderBytes(_buffer.AsSpan(0, _filled).ToArray()));
            _filled = 0;
        }
    }
}

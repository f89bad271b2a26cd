using System.Text;

namespace LoraCluster.Data;

/// <summary>The lines of a file that are not empty, one after the other, without the whole file in memory.</summary>
internal sealed class ByteLines : IDisposable
{
    private readonly FileStream stream;
    private readonly int longest;
    private byte[] buffer = new byte[1 << 16];
    private int start, end;
    private bool atEnd;
    private Range line;

    private ByteLines(FileStream stream, int longest)
    {
        this.stream = stream;
        this.longest = longest;
    }

    /// <summary>The line's number, from 1, empty lines counted.</summary>
    public int Number { get; private set; }

    /// <summary>The line without its end (LF or CR LF); valid until the next is asked for.</summary>
    public ReadOnlySpan<byte> Current => buffer.AsSpan(line);

    /// <param name="path">The file; a byte order mark at its start is skipped.</param>
    /// <param name="longest">Bytes of the longest line that is read.</param>
    /// <exception cref="UserErrorException">The file cannot be read.</exception>
    public static ByteLines Open(string path, int longest)
    {
        try
        {
            FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
            var lines = new ByteLines(stream, longest);
            lines.Fill();
            if (lines.buffer.AsSpan(0, lines.end).StartsWith(Encoding.UTF8.Preamble)) lines.start = Encoding.UTF8.Preamble.Length;
            return lines;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"cannot read {path}: {fault.Message}", fault);
        }
    }

    /// <returns>False at the end of the file.</returns>
    /// <exception cref="UserErrorException">The file cannot be read, or a line is too long.</exception>
    public bool Next()
    {
        while (true)
        {
            int searched = start, at;
            while ((at = buffer.AsSpan(searched..end).IndexOf((byte)'\n')) < 0 && !atEnd)
            {
                searched = end - start;
                Fill();
            }
            if (at < 0 && start == end) return false;
            int stop = at < 0 ? end : searched + at;
            line = start..(stop > start && buffer[stop - 1] == '\r' ? stop - 1 : stop);
            start = at < 0 ? end : stop + 1;
            Number++;
            if (!Current.IsEmpty) return true;
        }
    }

    public void Dispose() => stream.Dispose();

    /// <summary>Moves the rest to the start of the buffer, makes room if there is none, and reads on.</summary>
    private void Fill()
    {
        if (end - start > longest)
        {
            throw new UserErrorException(
                FormattableString.Invariant($"{stream.Name}, line {Number + 1}: longer than {longest} bytes, the most that is read"));
        }
        byte[] target = end - start > buffer.Length / 2 ? new byte[buffer.Length * 2] : buffer;
        Buffer.BlockCopy(buffer, start, target, 0, end - start);
        (buffer, start, end) = (target, 0, end - start);
        try
        {
            int read = stream.Read(buffer, end, buffer.Length - end);
            end += read;
            atEnd = read == 0;
        }
        catch (IOException fault)
        {
            throw new UserErrorException($"cannot read {stream.Name}: {fault.Message}", fault);
        }
    }
}

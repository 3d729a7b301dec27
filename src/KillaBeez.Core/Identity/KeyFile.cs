using System.Text;
using KillaBeez.Sodium;

namespace KillaBeez;

/// <summary>
/// A key pair in a file: one line of text, <c>killabeez-ed25519-1 &lt;seed, 64 hex&gt; &lt;id, 64 hex&gt;</c>, closed by a
/// line feed. The id is there so that a person can read whose key it is and a damaged seed is noticed.
/// </summary>
public static class KeyFile
{
    private const int MaximumFileBytes = 1024;

    private static ReadOnlySpan<byte> Tag => "killabeez-ed25519-1"u8;

    private static int LineBytes => Tag.Length + 1 + (KeyPair.SeedBytes * 2) + 1 + (PeerId.SizeBytes * 2) + 1;

    /// <summary>Writes the pair to a new file that only its owner can read (mode 0600 where there are modes).</summary>
    /// <param name="path">A file that does not exist, in a folder that does.</param>
    /// <param name="keyPair">Stays the caller's.</param>
    /// <exception cref="IOException">The file exists already (it is left as it is) or cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public static void Save(string path, KeyPair keyPair)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(keyPair);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        Span<byte> line = stackalloc byte[LineBytes];
        Format(keyPair, line);
        var file = new FileStream(path, options);
        try
        {
            file.Write(line);
            file.Flush(flushToDisk: true);
        }
        catch
        {
            // Half a key file would make the next Save refuse and the next Load fail.
            file.Dispose();
            File.Delete(path);
            throw;
        }
        finally
        {
            SodiumMemory.Zero(line);
        }

        file.Dispose();
    }

    /// <summary>Reads a pair that <see cref="Save"/> wrote; the caller disposes it.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="KillaBeezException"><see cref="KillaBeezError.InvalidKey"/>: the file is no key file or is damaged.</exception>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static KeyPair Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Span<byte> content = stackalloc byte[MaximumFileBytes + 1];
        int read;
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0))
        {
            read = file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
        }

        try
        {
            return read <= MaximumFileBytes
                ? Parse(content[..read], path)
                : throw Invalid(path, $"it is longer than {MaximumFileBytes} bytes");
        }
        finally
        {
            SodiumMemory.Zero(content);
        }
    }

    private static void Format(KeyPair keyPair, Span<byte> line)
    {
        Span<byte> seed = stackalloc byte[KeyPair.SeedBytes];
        keyPair.CopySeedTo(seed);
        var writer = new SpanWriter(line);
        writer.WriteBytes(Tag);
        writer.WriteByte((byte)' ');
        Convert.TryToHexStringLower(seed, writer.Reserve(KeyPair.SeedBytes * 2), out _);
        writer.WriteByte((byte)' ');
        Encoding.ASCII.GetBytes(keyPair.Id.ToString(), writer.Reserve(PeerId.SizeBytes * 2));
        writer.WriteByte((byte)'\n');
        SodiumMemory.Zero(seed);
    }

    private static KeyPair Parse(ReadOnlySpan<byte> content, string path)
    {
        // An editor may have added or removed line ends and blanks around the line.
        content = content.Trim(" \t\r\n"u8);
        var reader = new SpanReader(content);
        if (!reader.TryReadBytes(Tag.Length, out var tag) || !tag.SequenceEqual(Tag))
        {
            throw Invalid(path, "it does not start with killabeez-ed25519-1");
        }

        Span<byte> seed = stackalloc byte[KeyPair.SeedBytes];
        Span<byte> id = stackalloc byte[PeerId.SizeBytes];
        try
        {
            if (!TryReadHex(ref reader, seed) || !TryReadHex(ref reader, id) || !reader.AtEnd)
            {
                throw Invalid(path, "after killabeez-ed25519-1 there must be two blocks of 64 hex characters, the seed and the id, and nothing else");
            }

            var pair = KeyPair.FromSeed(seed);
            if (pair.Id == new PeerId(id))
            {
                return pair;
            }

            pair.Dispose();
            throw Invalid(path, "its seed does not belong to its id, so one of them is damaged");
        }
        finally
        {
            SodiumMemory.Zero(seed);
        }
    }

    private static bool TryReadHex(ref SpanReader reader, scoped Span<byte> destination) =>
        reader.TryReadByte(out var blank)
        && blank == ' '
        && reader.TryReadBytes(destination.Length * 2, out var hex)
        && Convert.FromHexString(hex, destination, out _, out var written) == System.Buffers.OperationStatus.Done
        && written == destination.Length;

    private static KillaBeezException Invalid(string path, string why) =>
        new(KillaBeezError.InvalidKey, $"The file {path} is not a usable key file: {why}.");
}

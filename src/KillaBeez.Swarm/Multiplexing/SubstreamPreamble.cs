using System.Text;

namespace KillaBeez.Swarm.Multiplexing;

/// <summary>Why the first bytes of a substream are no preamble.</summary>
internal enum PreambleParseError
{
    None,
    Truncated,
    EmptyType,
    TypeNotUtf8,
    MetadataTooLong,
}

/// <summary>
/// The first bytes that the opener of a substream sends as its data; nothing may follow them before the answer.
/// </summary>
/// <remarks>
/// <code>
/// +--------------+---------------------+----------------------+------------------------+
/// | u8 type size |  type, UTF-8        |  u16 metadata size   |  metadata              |
/// |  1..255      |  1..255 bytes       |   0..4096            |  0..4096 bytes         |
/// +--------------+---------------------+----------------------+------------------------+
/// </code>
/// A type size of 0 is invalid, so that a later version can begin with it.
/// </remarks>
internal readonly record struct SubstreamPreamble(string Type, byte[] Metadata)
{
    public const int MaxBytes = 1 + MuxLimits.TypeBytes + 2 + MuxLimits.MetadataBytes;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// How many bytes must have been gathered before one can say more, given those gathered so far; once so many
    /// are there, the same number means that the preamble is complete (or surely wrong).
    /// </summary>
    public static int NeededBytes(ReadOnlySpan<byte> gathered)
    {
        var reader = new SpanReader(gathered);
        if (!reader.TryReadByte(out var typeBytes))
        {
            return 1;
        }

        if (typeBytes == 0)
        {
            return 1;
        }

        reader.TrySkip(typeBytes);
        if (!reader.TryReadUInt16(out var metadataBytes))
        {
            return 1 + typeBytes + 2;
        }

        // A wrong size ends the preamble here: the parser says why, and nothing more is gathered for it.
        return 1 + typeBytes + 2 + (metadataBytes > MuxLimits.MetadataBytes ? 0 : metadataBytes);
    }

    public static bool TryParse(ReadOnlySpan<byte> source, out SubstreamPreamble preamble, out PreambleParseError error)
    {
        preamble = default;
        var reader = new SpanReader(source);
        if (reader.TryReadByte(out var typeBytes) && typeBytes == 0)
        {
            error = PreambleParseError.EmptyType;
            return false;
        }

        reader.TryReadBytes(typeBytes, out var type);
        if (reader.TryReadUInt16(out var metadataBytes) && metadataBytes > MuxLimits.MetadataBytes)
        {
            error = PreambleParseError.MetadataTooLong;
            return false;
        }

        if (!reader.TryReadBytes(metadataBytes, out var metadata))
        {
            error = PreambleParseError.Truncated;
            return false;
        }

        if (!System.Text.Unicode.Utf8.IsValid(type))
        {
            error = PreambleParseError.TypeNotUtf8;
            return false;
        }

        preamble = new SubstreamPreamble(Encoding.UTF8.GetString(type), metadata.ToArray());
        error = PreambleParseError.None;
        return true;
    }

    /// <summary>Writes a preamble; returns its size.</summary>
    /// <exception cref="ArgumentException">The caller's type or metadata is too long, empty, or not writable as UTF-8.</exception>
    public static int Write(string type, ReadOnlySpan<byte> metadata, Span<byte> destination)
    {
        ArgumentException.ThrowIfNullOrEmpty(type);
        var typeBytes = StrictUtf8.GetByteCount(type);
        if (typeBytes > MuxLimits.TypeBytes)
        {
            throw new ArgumentException($"A substream's type has at most {MuxLimits.TypeBytes} bytes of UTF-8, not {typeBytes}.", nameof(type));
        }

        if (metadata.Length > MuxLimits.MetadataBytes)
        {
            throw new ArgumentException($"A substream's metadata has at most {MuxLimits.MetadataBytes} bytes, not {metadata.Length}.", nameof(metadata));
        }

        var writer = new SpanWriter(destination);
        writer.WriteByte((byte)typeBytes);
        StrictUtf8.GetBytes(type, writer.Reserve(typeBytes));
        writer.WriteUInt16((ushort)metadata.Length);
        writer.WriteBytes(metadata);
        return writer.Position;
    }
}

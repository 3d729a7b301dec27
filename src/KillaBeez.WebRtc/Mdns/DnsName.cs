using System.Text;

namespace KillaBeez.WebRtc.Mdns;

/// <summary>
/// Domain names (RFC 1035, sections 3.1 and 4.1.4): labels of a length byte and that many bytes, ended by an empty
/// label or by a pointer to where the rest of the name stands earlier in the message.
/// <code>
/// +--+--+--+--+--+--+--+--+        +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
/// | 0  0|     LENGTH      | bytes  | 1  1|                OFFSET                   |
/// +--+--+--+--+--+--+--+--+        +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
/// </code>
/// </summary>
internal static class DnsName
{
    private const byte PointerBits = 0xC0;

    /// <summary>What a dot inside a label is read as, so that it does not look like the end of the label.</summary>
    private const byte InnerDot = 0;

    /// <summary>Reads the name at the reader's position and moves the reader behind it.</summary>
    /// <param name="message">The whole message, which pointers refer to.</param>
    /// <param name="reader">A reader over the same message.</param>
    /// <param name="text">Takes the labels with dots between them: <see cref="MdnsLimits.MaxNameBytes"/> are enough.</param>
    /// <param name="length">How many bytes of <paramref name="text"/> are used.</param>
    /// <param name="error">Why the name cannot be read.</param>
    public static bool TryRead(
        scoped ReadOnlySpan<byte> message, scoped ref SpanReader reader, scoped Span<byte> text, out int length, out DnsParseError error)
    {
        length = 0;
        var segmentStart = reader.Position;
        if (!TryReadLabels(ref reader, text, ref length, out var pointer, out error))
        {
            return false;
        }

        while (pointer is { } target)
        {
            // Strictly backwards from where this part began: no loop, and no more jumps than there are bytes.
            if (target >= segmentStart)
            {
                error = DnsParseError.BadPointer;
                return false;
            }

            segmentStart = target;
            var part = new SpanReader(message);
            part.TrySkip(target);
            if (!TryReadLabels(ref part, text, ref length, out pointer, out error))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Writes a name without pointers.</summary>
    /// <param name="writer">Has room for two bytes more than the name has characters.</param>
    /// <param name="name">ASCII with labels of 1 to 63 characters.</param>
    public static void Write(ref SpanWriter writer, ReadOnlySpan<char> name)
    {
        foreach (var range in name.Split('.'))
        {
            var label = name[range];
            writer.WriteByte((byte)label.Length);
            Encoding.ASCII.GetBytes(label, writer.Reserve(label.Length));
        }

        writer.WriteByte(0);
    }

    private static bool TryReadLabels(
        scoped ref SpanReader reader, scoped Span<byte> text, ref int written, out int? pointer, out DnsParseError error)
    {
        pointer = null;
        while (reader.TryReadByte(out var length))
        {
            if (length == 0)
            {
                error = DnsParseError.None;
                return true;
            }

            if ((length & PointerBits) == PointerBits)
            {
                if (!reader.TryReadByte(out var low))
                {
                    break;
                }

                pointer = ((length & ~PointerBits) << 8) | low;
                error = DnsParseError.None;
                return true;
            }

            if (length > MdnsLimits.MaxLabelBytes)
            {
                error = DnsParseError.BadLabel;
                return false;
            }

            if (!reader.TryReadBytes(length, out var label))
            {
                break;
            }

            var dot = written == 0 ? 0 : 1;
            if (written + dot + length > MdnsLimits.MaxNameBytes - 2)
            {
                error = DnsParseError.NameTooLong;
                return false;
            }

            var output = new SpanWriter(text[written..]);
            if (dot > 0)
            {
                output.WriteByte((byte)'.');
            }

            var copy = output.Reserve(length);
            label.CopyTo(copy);
            copy.Replace((byte)'.', InnerDot);
            written += output.Position;
        }

        error = DnsParseError.Truncated;
        return false;
    }
}

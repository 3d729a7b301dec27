using System.Text;

namespace KillaBeez.Swarm.Multiplexing;

/// <summary>Why the first bytes of an accepted substream are no answer.</summary>
internal enum AnswerParseError
{
    None,
    Truncated,
    UnknownVerdict,
    TextNotUtf8,
}

/// <summary>
/// The first bytes that the acceptor of a substream sends as its data.
/// </summary>
/// <remarks>
/// <code>
/// accepted:  +--------+
///            | u8 = 0 |  then the acceptor's data
///            +--------+
/// refused:   +--------+-----------+--------------+---------------------+
///            | u8 = 1 | u32 code  | u8 text size |  text, UTF-8        |  then FIN
///            +--------+-----------+--------------+---------------------+
/// </code>
/// After a refusal both sides forget the substream: the opener sends nothing more on it.
/// </remarks>
internal readonly record struct SubstreamAnswer(bool IsAccepted, uint Code, string Text)
{
    public const int AcceptedBytes = 1;

    public const int MaxBytes = 1 + 4 + 1 + MuxLimits.RefusalTextBytes;

    private const byte Accepted = 0;

    private const byte Refused = 1;

    private const int RefusedHeadBytes = 1 + 4 + 1;

    /// <summary>As <see cref="SubstreamPreamble.NeededBytes"/>.</summary>
    public static int NeededBytes(ReadOnlySpan<byte> gathered)
    {
        var reader = new SpanReader(gathered);
        if (!reader.TryReadByte(out var verdict) || verdict != Refused)
        {
            return 1;
        }

        reader.TryReadUInt32(out _);
        return reader.TryReadByte(out var textBytes) ? RefusedHeadBytes + textBytes : RefusedHeadBytes;
    }

    public static bool TryParse(ReadOnlySpan<byte> source, out SubstreamAnswer answer, out AnswerParseError error)
    {
        answer = default;
        error = AnswerParseError.None;
        var reader = new SpanReader(source);
        if (!reader.TryReadByte(out var verdict))
        {
            error = AnswerParseError.Truncated;
            return false;
        }

        if (verdict == Accepted)
        {
            answer = new SubstreamAnswer(true, 0, string.Empty);
            return true;
        }

        if (verdict != Refused)
        {
            error = AnswerParseError.UnknownVerdict;
            return false;
        }

        reader.TryReadUInt32(out var code);
        reader.TryReadByte(out var textBytes);
        if (!reader.TryReadBytes(textBytes, out var text))
        {
            error = AnswerParseError.Truncated;
            return false;
        }

        if (!System.Text.Unicode.Utf8.IsValid(text))
        {
            error = AnswerParseError.TextNotUtf8;
            return false;
        }

        answer = new SubstreamAnswer(false, code, Encoding.UTF8.GetString(text));
        return true;
    }

    public static int WriteAccepted(Span<byte> destination)
    {
        var writer = new SpanWriter(destination);
        writer.WriteByte(Accepted);
        return writer.Position;
    }

    /// <summary>Writes a refusal; a text that is too long is cut between two characters.</summary>
    public static int WriteRefused(uint code, string text, Span<byte> destination)
    {
        var writer = new SpanWriter(destination);
        writer.WriteByte(Refused);
        writer.WriteUInt32(code);
        Span<byte> utf8 = stackalloc byte[MuxLimits.RefusalTextBytes];

        // FromUtf16 stops before a character that does not fit, and replaces lone surrogates.
        System.Text.Unicode.Utf8.FromUtf16(text, utf8, out _, out var textBytes, replaceInvalidSequences: true, isFinalBlock: true);
        writer.WriteByte((byte)textBytes);
        writer.WriteBytes(utf8[..textBytes]);
        return writer.Position;
    }
}

using System.Text;

namespace KillaBeez.Swarm.Sessions;

/// <summary>Writes the items of a message. The caller keeps to the limits and gives a large enough span.</summary>
internal static class SessionItemWriter
{
    public static void WriteNumber(ref SpanWriter writer, SessionItemKind kind, ulong number)
    {
        writer.WriteByte((byte)kind);
        writer.WriteVarInt(number);
    }

    public static void WriteEcho(ref SpanWriter writer, SessionItemKind kind, ulong echo)
    {
        writer.WriteByte((byte)kind);
        writer.WriteUInt64(echo);
    }

    public static void WriteData(ref SpanWriter writer, scoped ReadOnlySpan<byte> frame)
    {
        writer.WriteByte((byte)SessionItemKind.Data);
        writer.WriteBytes(frame);
    }

    public static void WriteFin(ref SpanWriter writer) => writer.WriteByte((byte)SessionItemKind.Fin);

    public static void WriteBye(ref SpanWriter writer, LinkByeReason reason)
    {
        writer.WriteByte((byte)SessionItemKind.Bye);
        writer.WriteByte((byte)reason);
    }

    /// <summary>Writes END; a text longer than the limit is cut between two characters.</summary>
    public static void WriteEnd(ref SpanWriter writer, SessionEndCode code, ulong next, string text)
    {
        writer.WriteByte((byte)SessionItemKind.End);
        writer.WriteByte((byte)code);
        writer.WriteVarInt(next);
        Span<byte> utf8 = stackalloc byte[SessionLimits.MaxEndTextBytes];
        Encoding.UTF8.GetEncoder().Convert(text, utf8, flush: false, out _, out var written, out _);
        writer.WriteBytes(utf8[..written]);
    }
}

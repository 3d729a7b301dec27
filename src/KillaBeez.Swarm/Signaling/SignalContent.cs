using System.Text;
using System.Text.Unicode;

namespace KillaBeez.Swarm.Signaling;

/// <summary>
/// What only the receiver of a signal can read:
/// <code>
/// +--------+----------------+------------------------+
/// | kind 1 | call 16        | body, UTF-8, the rest  |
/// +--------+----------------+------------------------+
/// </code>
/// </summary>
internal sealed record SignalContent
{
    internal const int HeaderBytes = 1 + SignalCallId.SizeBytes;

    /// <summary>What it asks for.</summary>
    public required SignalKind Kind { get; init; }

    /// <summary>The link attempt it belongs to.</summary>
    public required SignalCallId Call { get; init; }

    /// <summary>A session description, a candidate or a reason; at most <see cref="SignalLimits.MaximumBodyBytes"/> UTF-8 bytes.</summary>
    public string Body { get; init; } = "";

    internal byte[] ToBytes()
    {
        var bodyBytes = Encoding.UTF8.GetByteCount(Body);
        if (bodyBytes > SignalLimits.MaximumBodyBytes)
        {
            throw new ArgumentException($"The body of a signal has at most {SignalLimits.MaximumBodyBytes} bytes, not {bodyBytes}.");
        }

        var bytes = new byte[HeaderBytes + bodyBytes];
        var writer = new SpanWriter(bytes);
        writer.WriteByte((byte)Kind);
        Call.CopyTo(writer.Reserve(SignalCallId.SizeBytes));
        Encoding.UTF8.GetBytes(Body, writer.Reserve(bodyBytes));
        return bytes;
    }

    internal static bool TryParse(ReadOnlySpan<byte> bytes, out SignalContent? content)
    {
        content = null;
        var reader = new SpanReader(bytes);
        if (!reader.TryReadByte(out var kind)
            || !reader.TryReadBytes(SignalCallId.SizeBytes, out var call)
            || kind is < (byte)SignalKind.Offer or > (byte)SignalKind.Inform
            || reader.Remaining > SignalLimits.MaximumBodyBytes
            || !Utf8.IsValid(reader.Rest))
        {
            return false;
        }

        content = new SignalContent { Kind = (SignalKind)kind, Call = new SignalCallId(call), Body = Encoding.UTF8.GetString(reader.Rest) };
        return true;
    }
}

namespace KillaBeez.Swarm.Signaling.Routing;

/// <summary>What a frame on the <c>signal</c> substream says.</summary>
internal enum RoutingFrameType : byte
{
    /// <summary>A signal in its compact form: for the receiver of the frame, or to be carried to the peer it names.</summary>
    Signal = 1,

    /// <summary>A signal was not carried: its id (16), then the reason (1).</summary>
    Undeliverable = 2,

    /// <summary>"Tell that peer that I would like to be called": the peer's key (32).</summary>
    Inform = 3,

    /// <summary>"This peer of mine would like to be called by you": its key (32).</summary>
    Informed = 4,
}

/// <summary>
/// One frame of the <c>signal</c> substream between two connected peers:
/// <code>
/// +--------+----------------------+- - - - - - - - - +
/// | type 1 | payload bytes 1 to 4 | payload          |
/// +--------+----------------------+- - - - - - - - - +
/// </code>
/// The size is a variable-length integer of QUIC (RFC 9000, section 16). Frames of unknown type are skipped.
/// </summary>
internal static class RoutingFrame
{
    /// <summary>The longest header.</summary>
    public const int MaximumHeaderBytes = 1 + 4;

    public static byte[] Signal(SealedSignal signal)
    {
        var frame = New(RoutingFrameType.Signal, signal.BinaryBytes, out var payload);
        signal.WriteBinary(payload);
        return frame;
    }

    public static byte[] Undeliverable(SignalId id, UndeliverableReason reason)
    {
        var frame = New(RoutingFrameType.Undeliverable, SignalId.SizeBytes + 1, out var payload);
        id.CopyTo(payload);
        payload[^1] = (byte)reason;
        return frame;
    }

    public static byte[] Inform(PeerId target) => WithKey(RoutingFrameType.Inform, target);

    public static byte[] Informed(PeerId about) => WithKey(RoutingFrameType.Informed, about);

    /// <summary>Reads the payload of an undeliverable frame.</summary>
    public static bool TryParseUndeliverable(ReadOnlySpan<byte> payload, out SignalId id, out UndeliverableReason reason)
    {
        var reader = new SpanReader(payload);
        reader.TryReadBytes(SignalId.SizeBytes, out var idBytes);
        reader.TryReadByte(out var code);
        var valid = !reader.Failed && reader.AtEnd;
        id = valid ? new SignalId(idBytes) : default;
        reason = code is >= (byte)UndeliverableReason.NotConnected and <= (byte)UndeliverableReason.Overloaded ? (UndeliverableReason)code : UndeliverableReason.Other;
        return valid;
    }

    /// <summary>Reads the payload of an inform or informed frame.</summary>
    public static bool TryParseKey(ReadOnlySpan<byte> payload, out PeerId key)
    {
        var valid = payload.Length == PeerId.SizeBytes;
        key = valid ? new PeerId(payload) : default;
        return valid;
    }

    private static byte[] WithKey(RoutingFrameType type, PeerId key)
    {
        var frame = New(type, PeerId.SizeBytes, out var payload);
        key.CopyTo(payload);
        return frame;
    }

    private static byte[] New(RoutingFrameType type, int payloadBytes, out Span<byte> payload)
    {
        var frame = new byte[1 + SpanWriter.VarIntSize((ulong)payloadBytes) + payloadBytes];
        var writer = new SpanWriter(frame);
        writer.WriteByte((byte)type);
        writer.WriteVarInt((ulong)payloadBytes);
        payload = writer.Reserve(payloadBytes);
        return frame;
    }
}

/// <summary>Why a signal was not carried; the numbers are on the wire.</summary>
internal enum UndeliverableReason : byte
{
    /// <summary>A number that this version does not know.</summary>
    Other = 0,

    /// <summary>The peer between is not connected to the signal's receiver.</summary>
    NotConnected = 1,

    /// <summary>The signal has expired, comes from the future or lives too long.</summary>
    BadTimes = 2,

    /// <summary>The signature is not the sender's.</summary>
    BadSignature = 3,

    /// <summary>It was carried before.</summary>
    Replayed = 4,

    /// <summary>Too many signals from this peer.</summary>
    RateLimited = 5,

    /// <summary>The signal's sender is not the peer that handed it on: signals go over one peer, not over chains.</summary>
    NotYours = 6,

    /// <summary>The peer between is at one of its limits.</summary>
    Overloaded = 7,
}

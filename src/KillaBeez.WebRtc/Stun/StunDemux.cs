using System.Buffers.Binary;

namespace KillaBeez.WebRtc.Stun;

/// <summary>
/// Tells apart what arrives on one socket and finds whose it is, before any state is touched. Looks at bytes
/// only: what it returns is a claim of the sender until the integrity check has passed.
/// </summary>
internal static class StunDemux
{
    public static DatagramKind Classify(ReadOnlySpan<byte> datagram)
    {
        if (datagram.IsEmpty)
        {
            return DatagramKind.Unknown;
        }

        return datagram[0] switch
        {
            <= 3 => IsStun(datagram) ? DatagramKind.Stun : DatagramKind.Unknown,
            >= 20 and <= 63 => DatagramKind.Dtls,
            >= 64 and <= 79 => DatagramKind.TurnChannelData,
            _ => DatagramKind.Unknown,
        };
    }

    /// <summary>Whether the header is STUN's: first byte 0..3, magic cookie, a length that describes the datagram.</summary>
    public static bool IsStun(ReadOnlySpan<byte> datagram)
    {
        var reader = new SpanReader(datagram);
        return StunHeader.TryRead(ref reader, out var header, out _) && header.AttributeBytes == reader.Remaining;
    }

    /// <summary>
    /// The receiver's ufrag in the USERNAME of a binding request ("receiver:sender", RFC 8445, section 7.2.2): it
    /// names the connection that a first packet from an unknown address is for.
    /// </summary>
    /// <param name="datagram">Any datagram.</param>
    /// <param name="localUfrag">The bytes before the first colon, pointing into the datagram.</param>
    /// <returns>False where it is not a binding request with such a USERNAME.</returns>
    public static bool TryReadUsernameLocalUfrag(ReadOnlySpan<byte> datagram, out ReadOnlySpan<byte> localUfrag)
    {
        localUfrag = default;
        return datagram.Length >= StunHeader.Bytes
            && BinaryPrimitives.ReadUInt16BigEndian(datagram) == StunMessageType.BindingRequest.Value
            && StunMessage.TryParse(datagram, out var message, out _)
            && UsernameAttribute.TryReadParts(message, out localUfrag, out _);
    }
}

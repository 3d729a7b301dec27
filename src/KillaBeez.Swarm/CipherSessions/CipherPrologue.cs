namespace KillaBeez.Swarm.CipherSessions;

/// <summary>What a link runs over; the number stands in the prologue.</summary>
internal enum CipherLinkKind : byte
{
    WebRtc = 1,
    Relay = 2,
    Simulated = 3,
}

/// <summary>
/// What both ends must agree on about the path below before the handshake (Noise rev 34, 6). It is hashed into
/// the handshake and never sent, so a man in the middle who swaps a DTLS fingerprint fails the first message.
/// <code>
/// "killabeez/1" (11) | 0x00 | kind (8) | WebRTC:    offerer's SHA-256 fingerprint (32) | answerer's (32)
///                                      | Relay:     route id, 1..64 bytes
///                                      | Simulated: path id (64, big-endian)
/// </code>
/// </summary>
internal static class CipherPrologue
{
    public const int FingerprintBytes = 32;
    public const int MaxRouteIdBytes = 64;

    private static ReadOnlySpan<byte> Prefix => "killabeez/1\0"u8;

    /// <summary>The prologue of a WebRTC link: both ends' certificate fingerprints, the offerer's first.</summary>
    public static byte[] ForWebRtc(ReadOnlySpan<byte> offererFingerprint32, ReadOnlySpan<byte> answererFingerprint32)
    {
        if (offererFingerprint32.Length != FingerprintBytes || answererFingerprint32.Length != FingerprintBytes)
        {
            throw new ArgumentException($"A fingerprint has {FingerprintBytes} bytes.");
        }

        return [.. Prefix, (byte)CipherLinkKind.WebRtc, .. offererFingerprint32, .. answererFingerprint32];
    }

    /// <summary>The prologue of a relayed path.</summary>
    public static byte[] ForRelay(ReadOnlySpan<byte> routeId)
    {
        if (routeId.Length is 0 or > MaxRouteIdBytes)
        {
            throw new ArgumentException($"A route id has 1 to {MaxRouteIdBytes} bytes.", nameof(routeId));
        }

        return [.. Prefix, (byte)CipherLinkKind.Relay, .. routeId];
    }

    /// <summary>The prologue of a path in a simulated network.</summary>
    public static byte[] ForSimulatedPath(ulong id)
    {
        var bytes = new byte[Prefix.Length + 9];
        var writer = new SpanWriter(bytes);
        writer.WriteBytes(Prefix);
        writer.WriteByte((byte)CipherLinkKind.Simulated);
        writer.WriteUInt64(id);
        return bytes;
    }
}

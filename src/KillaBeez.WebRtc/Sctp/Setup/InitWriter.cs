using KillaBeez.WebRtc.Sctp.Packet;
using KillaBeez.WebRtc.Sctp.Packet.Chunks;
using KillaBeez.WebRtc.Sctp.Packet.Parameters;

namespace KillaBeez.WebRtc.Sctp.Setup;

/// <summary>
/// Writes our INIT and INIT-ACK. Both list what we support: a peer takes what only one of them names as not agreed.
/// But an INIT-ACK has the newer parameters only where the INIT had them too: the SCTP of older pion discards a
/// packet with a parameter that it does not know, whatever the parameter's highest bits ask for. It connects
/// nevertheless, through its own INIT and our answer.
/// </summary>
internal static class InitWriter
{
    private const int MaxParameterBytes = 64 + StateCookie.SizeBytes;

    private const int MaxExtensions = 4;

    /// <summary>What an INIT assumes of a peer of which nothing is known yet.</summary>
    public const PeerCapabilities Any = PeerCapabilities.AcceptsZeroChecksum | PeerCapabilities.OwnStack | PeerCapabilities.Interleaving;

    /// <param name="writer">Where to.</param>
    /// <param name="type">INIT or INIT-ACK.</param>
    /// <param name="options">What we support.</param>
    /// <param name="tag">Our tag.</param>
    /// <param name="initialTsn">Our first TSN.</param>
    /// <param name="known">Which of the newer parameters the peer is known to understand.</param>
    /// <param name="cookie">The State Cookie; empty in an INIT.</param>
    public static void Write(ref SpanWriter writer, ChunkType type, SctpOptions options, uint tag, Tsn initialTsn, PeerCapabilities known, scoped ReadOnlySpan<byte> cookie)
    {
        Span<byte> buffer = stackalloc byte[MaxParameterBytes];
        var parameters = new SpanWriter(buffer);
        if (!cookie.IsEmpty)
        {
            Tlv.Write(ref parameters, ParameterType.StateCookie, cookie);
        }

        WriteExtensions(ref parameters, options, known);
        if (options.OfferPartialReliability)
        {
            ForwardTsnSupportedParameter.Write(ref parameters);
        }

        if (options.AcceptZeroChecksum && known.HasFlag(PeerCapabilities.AcceptsZeroChecksum))
        {
            ZeroChecksumAcceptableParameter.Write(ref parameters);
        }

        if (options.RecognizeOwnStack && known.HasFlag(PeerCapabilities.OwnStack))
        {
            KillaBeezStackParameter.Write(ref parameters);
        }

        var chunk = new InitChunk
        {
            InitiateTag = tag,
            ReceiverWindow = (uint)options.ReceiveWindowBytes,
            OutboundStreams = SctpLimits.AnnouncedStreams,
            InboundStreams = SctpLimits.AnnouncedStreams,
            InitialTsn = initialTsn,
            Parameters = parameters.Written,
        };
        InitChunk.Write(ref writer, type, chunk);
    }

    /// <summary>RFC 8260 section 2.2.1: interleaving is listed by both sides, with I-FORWARD-TSN where messages may be given up.</summary>
    private static void WriteExtensions(ref SpanWriter writer, SctpOptions options, PeerCapabilities known)
    {
        Span<ChunkType> types = stackalloc ChunkType[MaxExtensions];
        var count = 0;
        types[count++] = ChunkType.ReConfig;
        if (options.OfferPartialReliability)
        {
            types[count++] = ChunkType.ForwardTsn;
        }

        if (options.OfferInterleaving && known.HasFlag(PeerCapabilities.Interleaving))
        {
            types[count++] = ChunkType.IData;
            if (options.OfferPartialReliability)
            {
                types[count++] = ChunkType.IForwardTsn;
            }
        }

        SupportedExtensionsParameter.Write(ref writer, types[..count]);
    }
}

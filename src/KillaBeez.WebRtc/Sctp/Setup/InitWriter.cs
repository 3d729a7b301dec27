using KillaBeez.WebRtc.Sctp.Packet;
using KillaBeez.WebRtc.Sctp.Packet.Chunks;
using KillaBeez.WebRtc.Sctp.Packet.Parameters;

namespace KillaBeez.WebRtc.Sctp.Setup;

/// <summary>
/// Writes our INIT and INIT-ACK. Both list everything we support: a peer takes what only one of them names as
/// not agreed.
/// </summary>
internal static class InitWriter
{
    private const int MaxParameterBytes = 64 + StateCookie.SizeBytes;

    public static void Write(ref SpanWriter writer, ChunkType type, SctpOptions options, uint tag, Tsn initialTsn, scoped ReadOnlySpan<byte> cookie)
    {
        Span<byte> buffer = stackalloc byte[MaxParameterBytes];
        var parameters = new SpanWriter(buffer);
        if (!cookie.IsEmpty)
        {
            Tlv.Write(ref parameters, ParameterType.StateCookie, cookie);
        }

        if (options.OfferPartialReliability)
        {
            SupportedExtensionsParameter.Write(ref parameters, [ChunkType.ReConfig, ChunkType.ForwardTsn]);
            ForwardTsnSupportedParameter.Write(ref parameters);
        }
        else
        {
            SupportedExtensionsParameter.Write(ref parameters, [ChunkType.ReConfig]);
        }

        if (options.AcceptZeroChecksum)
        {
            ZeroChecksumAcceptableParameter.Write(ref parameters);
        }

        if (options.RecognizeOwnStack)
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
}

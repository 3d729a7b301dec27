using KillaBeez.WebRtc.Sctp.Packet;
using KillaBeez.WebRtc.Sctp.Packet.Chunks;
using KillaBeez.WebRtc.Sctp.Packet.Parameters;

namespace KillaBeez.WebRtc.Sctp.Setup;

/// <summary>What the peer's stack can do.</summary>
[Flags]
internal enum PeerCapabilities : byte
{
    None = 0,
    PartialReliability = 0x01,
    StreamReset = 0x02,
    AcceptsZeroChecksum = 0x04,
    OwnStack = 0x08,

    /// <summary>I-DATA and I-FORWARD-TSN (RFC 8260) take the place of DATA and FORWARD-TSN.</summary>
    Interleaving = 0x10,
}

/// <summary>What an INIT or INIT-ACK says of its sender.</summary>
internal readonly record struct PeerDescription
{
    public uint Tag { get; init; }

    public Tsn InitialTsn { get; init; }

    public uint WindowBytes { get; init; }

    public ushort OutboundStreams { get; init; }

    public ushort InboundStreams { get; init; }

    public PeerCapabilities Capabilities { get; init; }

    public bool Can(PeerCapabilities capability) => (Capabilities & capability) == capability;

    /// <summary>
    /// Reads the fixed fields and the known parameters. <paramref name="cookie"/> is the State Cookie, empty
    /// where there is none. Unknown parameters go by their two highest bits (RFC 9260 section 3.2.1): skipped,
    /// or the end of the reading; they are not reported, because no stack does anything with the report.
    /// </summary>
    public static PeerDescription Read(in InitChunk chunk, SctpOptions options, out ReadOnlySpan<byte> cookie)
    {
        cookie = default;
        var capabilities = PeerCapabilities.None;
        var reader = new TlvReader(chunk.Parameters);
        while (reader.TryRead(out var parameter, out _))
        {
            switch (parameter.Type)
            {
                case ParameterType.StateCookie:
                    cookie = parameter.Value;
                    break;
                case ParameterType.ForwardTsnSupported when options.OfferPartialReliability:
                    capabilities |= PeerCapabilities.PartialReliability;
                    break;
                case ParameterType.SupportedExtensions:
                    capabilities |= ReadExtensions(parameter.Value, options);
                    break;
                case ParameterType.ZeroChecksumAcceptable when ZeroChecksumAcceptableParameter.IsDtls(parameter.Value):
                    capabilities |= PeerCapabilities.AcceptsZeroChecksum;
                    break;
                case ParameterType.KillaBeezStack when options.RecognizeOwnStack && KillaBeezStackParameter.IsValid(parameter.Value):
                    capabilities |= PeerCapabilities.OwnStack;
                    break;
                default:
                    if (parameter.ActionIfUnknown is UnknownTypeAction.Stop or UnknownTypeAction.StopAndReport
                        && !IsHarmless(parameter.Type))
                    {
                        reader = default;
                    }

                    break;
            }
        }

        return new PeerDescription
        {
            Tag = chunk.InitiateTag,
            InitialTsn = chunk.InitialTsn,
            WindowBytes = chunk.ReceiverWindow,
            OutboundStreams = chunk.OutboundStreams,
            InboundStreams = chunk.InboundStreams,
            Capabilities = capabilities,
        };
    }

    private static PeerCapabilities ReadExtensions(ReadOnlySpan<byte> types, SctpOptions options)
    {
        var capabilities = PeerCapabilities.None;
        if (SupportedExtensionsParameter.Contains(types, ChunkType.ReConfig))
        {
            capabilities |= PeerCapabilities.StreamReset;
        }

        if (options.OfferInterleaving && SupportedExtensionsParameter.Contains(types, ChunkType.IData))
        {
            capabilities |= PeerCapabilities.Interleaving;
        }

        return capabilities;
    }

    /// <summary>Addresses (5, 6), cookie preservative (9), host name (11) and address types (12): known, and of no use over DTLS.</summary>
    private static bool IsHarmless(ushort type) => type is 5 or 6 or 8 or 9 or 11 or 12;
}

using KillaBeez.WebRtc.Ice;

namespace KillaBeez.WebRtc.Sdp;

/// <summary>What this side puts into its descriptions.</summary>
internal sealed record SdpLocalParameters
{
    /// <summary>The same for all descriptions of a session: <see cref="SdpNegotiation.NewSessionId"/>.</summary>
    public required ulong SessionId { get; init; }

    /// <summary>The number of the description, from 0.</summary>
    public required ulong SessionVersion { get; init; }

    public required IceCredentials IceCredentials { get; init; }

    public required IReadOnlyList<SdpFingerprint> Fingerprints { get; init; }

    /// <summary>Gathered so far.</summary>
    public IReadOnlyList<IceCandidate> Candidates { get; init; } = [];

    /// <summary>No more candidates will follow.</summary>
    public bool HasEndOfCandidates { get; init; }

    public ushort SctpPort { get; init; } = 5000;

    /// <summary>The largest message this side receives, in bytes.</summary>
    public long MaxMessageSize { get; init; } = SdpMaxMessageSize.Ours;

    /// <summary>The mid of an offer; an answer repeats the offer's.</summary>
    public string Mid { get; init; } = "0";

    /// <summary>Whether this side is the DTLS client of an association that exists already; null for a new session.</summary>
    public bool? EstablishedIsDtlsClient { get; init; }
}

/// <summary>Why two descriptions do not make a session.</summary>
internal enum SdpNegotiationError
{
    None,

    /// <summary>The setup attributes leave no client or no server.</summary>
    NoDtlsRoles,
}

/// <summary>What both descriptions together decide.</summary>
/// <param name="IsDtlsClient">This side opens the DTLS association.</param>
/// <param name="LocalSctpPort">Our port in SCTP headers.</param>
/// <param name="RemoteSctpPort">The peer's.</param>
/// <param name="MaxSendMessageBytes">The largest message that may be sent.</param>
internal sealed record SdpNegotiated(bool IsDtlsClient, ushort LocalSctpPort, ushort RemoteSctpPort, long MaxSendMessageBytes);

/// <summary>Offers and answers of data-channel sessions (RFC 8829, section 5.2 and 5.3; RFC 8842, section 5).</summary>
internal static class SdpNegotiation
{
    private static readonly string[] OurIceOptions = ["trickle", "ice2"];

    /// <summary>63 random bits (RFC 8829, section 5.2.1).</summary>
    public static ulong NewSessionId(IRandomSource random) => random.NextUInt64() >> 1;

    /// <summary>An offer; also every further one of a session, which says actpass again (RFC 8842, section 5.2).</summary>
    public static DataChannelSessionDescription CreateOffer(SdpLocalParameters local) => Describe(local) with
    {
        Setup = SdpSetup.ActPass,
    };

    /// <summary>
    /// The answer to an offer: its mid and form, active unless the offer or the existing association says
    /// otherwise, and port 0 for every other section.
    /// </summary>
    public static DataChannelSessionDescription CreateAnswer(DataChannelSessionDescription offer, SdpLocalParameters local)
    {
        var isClient = offer.Setup switch
        {
            SdpSetup.Active => false,
            SdpSetup.Passive => true,
            _ => local.EstablishedIsDtlsClient ?? true,
        };
        return Describe(local) with
        {
            Mid = offer.Mid,
            HasBundle = offer.HasBundle,
            Setup = isClient ? SdpSetup.Active : SdpSetup.Passive,
            Protocol = offer.Protocol,
            Sections = offer.Sections,
            DataSectionIndex = offer.DataSectionIndex,
        };
    }

    /// <summary>What two descriptions decide, seen from the side that wrote <paramref name="local"/>.</summary>
    /// <param name="local">Ours.</param>
    /// <param name="remote">The peer's.</param>
    /// <param name="isOfferer">Whether ours is the offer.</param>
    /// <param name="sendCapBytes">The largest message that this side sends to anybody.</param>
    /// <param name="negotiated">The outcome, or null.</param>
    /// <param name="error">Why there is none.</param>
    public static bool TryNegotiate(
        DataChannelSessionDescription local,
        DataChannelSessionDescription remote,
        bool isOfferer,
        long sendCapBytes,
        out SdpNegotiated? negotiated,
        out SdpNegotiationError error)
    {
        var offer = (isOfferer ? local : remote).Setup ?? SdpSetup.ActPass;
        var answer = (isOfferer ? remote : local).Setup ?? (offer == SdpSetup.Active ? SdpSetup.Passive : SdpSetup.Active);
        if (answer == SdpSetup.ActPass || answer == offer)
        {
            negotiated = null;
            error = SdpNegotiationError.NoDtlsRoles;
            return false;
        }

        var answererIsClient = answer == SdpSetup.Active;
        negotiated = new SdpNegotiated(
            answererIsClient != isOfferer,
            local.SctpPort,
            remote.SctpPort,
            SdpMaxMessageSize.SendLimit(remote.MaxMessageSize, sendCapBytes));
        error = SdpNegotiationError.None;
        return true;
    }

    private static DataChannelSessionDescription Describe(SdpLocalParameters local) => new()
    {
        SessionId = local.SessionId,
        SessionVersion = local.SessionVersion,
        Mid = local.Mid,
        IceCredentials = local.IceCredentials,
        IceOptions = OurIceOptions,
        Fingerprints = local.Fingerprints,
        Setup = SdpSetup.ActPass,
        SctpPort = local.SctpPort,
        MaxMessageSize = local.MaxMessageSize,
        Candidates = local.Candidates,
        HasEndOfCandidates = local.HasEndOfCandidates,
    };
}

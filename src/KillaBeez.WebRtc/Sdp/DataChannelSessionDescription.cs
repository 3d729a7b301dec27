using KillaBeez.WebRtc.Ice;

namespace KillaBeez.WebRtc.Sdp;

/// <summary>One m= section as it must be repeated, or refused, in an answer.</summary>
/// <param name="Media">audio, video, application, ...</param>
/// <param name="Port">0: rejected or bundle-only.</param>
/// <param name="Protocol">As written.</param>
/// <param name="Formats">Everything behind the protocol, as written.</param>
/// <param name="Mid">Null where the section has none.</param>
internal sealed record SdpSection(string Media, int Port, string Protocol, string Formats, string? Mid);

/// <summary>
/// What a description says about a data-channel session: the typed content of an SDP text with one accepted
/// m=application section (RFC 8829, 8839, 8841, 8842).
/// </summary>
internal sealed record DataChannelSessionDescription
{
    /// <summary>The numeric id in o=, 63 bits.</summary>
    public required ulong SessionId { get; init; }

    /// <summary>Grows by one with each new offer or answer of a session.</summary>
    public required ulong SessionVersion { get; init; }

    /// <summary>The mid of the data section; null where the peer gives none.</summary>
    public required string? Mid { get; init; }

    /// <summary>Whether a BUNDLE group names the data section; an answer has one only if its offer had.</summary>
    public bool HasBundle { get; init; } = true;

    public required IceCredentials IceCredentials { get; init; }

    /// <summary>a=ice-lite: the peer never checks by itself.</summary>
    public bool IsIceLite { get; init; }

    public IReadOnlyList<string> IceOptions { get; init; } = [];

    /// <summary>At least one; at least one of a trusted algorithm.</summary>
    public required IReadOnlyList<SdpFingerprint> Fingerprints { get; init; }

    /// <summary>Null where the line is absent: actpass in an offer, active in an answer.</summary>
    public required SdpSetup? Setup { get; init; }

    /// <summary>1..65535.</summary>
    public ushort SctpPort { get; init; } = 5000;

    /// <summary>Null where absent, 0 for no limit; see <see cref="SdpMaxMessageSize"/>.</summary>
    public long? MaxMessageSize { get; init; }

    /// <summary>Identifies the DTLS association (RFC 8842, section 4); a change means a new one.</summary>
    public string? TlsId { get; init; }

    public SdpDataProtocol Protocol { get; init; }

    public IReadOnlyList<IceCandidate> Candidates { get; init; } = [];

    public bool HasEndOfCandidates { get; init; }

    /// <summary>All m= sections in order; empty means: only the data section.</summary>
    public IReadOnlyList<SdpSection> Sections { get; init; } = [];

    /// <summary>Which of <see cref="Sections"/> is the data section; the sdpMLineIndex of trickled candidates.</summary>
    public int DataSectionIndex { get; init; }

    public bool IsTrickling => IceOptions.Contains("trickle", StringComparer.OrdinalIgnoreCase);
}

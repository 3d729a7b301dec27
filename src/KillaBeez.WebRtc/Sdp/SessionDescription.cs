namespace KillaBeez.WebRtc;

/// <summary>What a <see cref="SessionDescription"/> is to the side that receives it (RFC 8829, section 3.2).</summary>
public enum SdpType
{
    /// <summary>Proposes a session.</summary>
    Offer,

    /// <summary>Accepts an offer.</summary>
    Answer,

    /// <summary>Takes an offer back; its text is empty.</summary>
    Rollback,
}

/// <summary>
/// A description of one side of a connection, to be carried to the other side by signalling, as the W3C's
/// RTCSessionDescription.
/// </summary>
/// <param name="Type">What the description is.</param>
/// <param name="Sdp">The SDP text (RFC 8866), lines ended by CRLF.</param>
public sealed record SessionDescription(SdpType Type, string Sdp);

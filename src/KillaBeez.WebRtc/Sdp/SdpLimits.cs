namespace KillaBeez.WebRtc.Sdp;

/// <summary>Every bound that a peer's description meets.</summary>
internal static class SdpLimits
{
    /// <summary>Characters of a whole description; a browser's offer with many tracks has some tens of thousands.</summary>
    public const int MaxChars = 262_144;

    public const int MaxLines = 8192;

    /// <summary>m= sections, each of which an answer has to repeat.</summary>
    public const int MaxSections = 128;

    /// <summary>Fingerprints kept of one description.</summary>
    public const int MaxFingerprints = 8;

    /// <summary>Options kept of ice-options.</summary>
    public const int MaxIceOptions = 16;

    /// <summary>A mid in characters; JSEP keeps them at three.</summary>
    public const int MaxMidChars = 64;

    /// <summary>A media, proto or format field in characters; longer ones cannot be answered.</summary>
    public const int MaxFieldChars = 1024;

    /// <summary>Candidates kept of one description; the agent has the same limit.</summary>
    public const int MaxCandidates = Ice.IceLimits.MaxRemoteCandidates;
}

namespace KillaBeez.WebRtc.Ice;

/// <summary>Why a line is no candidate.</summary>
internal enum IceCandidateParseError
{
    None,
    TooLong,
    MissingField,
    BadFoundation,
    BadComponent,
    UnknownTransport,
    BadPriority,
    BadAddress,
    BadPort,
    UnknownType,
}

namespace KillaBeez.Swarm.Signaling;

/// <summary>Why bytes are no signal.</summary>
internal enum SignalParseError
{
    None,
    TooLarge,
    NotJson,
    MissingOrMalformedField,
    UnsupportedVersion,
    Truncated,
}

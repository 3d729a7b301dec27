namespace KillaBeez.Actors.Handles;

/// <summary>
/// The codes with which the swarm itself refuses or resets a substream. Applications use numbers below
/// 0xFFFF_FE00 for their own.
/// </summary>
internal static class SubstreamRefusals
{
    /// <summary>The application has neither a handler nor a reader of events.</summary>
    public const uint NoTaker = 0xFFFF_FE01;

    /// <summary>The application's handler threw.</summary>
    public const uint HandlerFailed = 0xFFFF_FE02;

    /// <summary>The application does not keep up with its events.</summary>
    public const uint Busy = 0xFFFF_FE03;

    /// <summary>The type is one of the swarm's own, opened twice or by the wrong side.</summary>
    public const uint Reserved = 0xFFFF_FE04;

    /// <summary>The opener gave up before the answer came.</summary>
    public const uint Abandoned = 0xFFFF_FE05;

    /// <summary>The substream's actor at this side failed.</summary>
    public const uint Failed = 0xFFFF_FE06;

    /// <summary>Whoever listens for the type has not accepted in time.</summary>
    public const uint NotAccepted = 0xFFFF_FE12;

    /// <summary>Too many substreams of the type wait to be accepted.</summary>
    public const uint Backlogged = 0xFFFF_FE13;

    /// <summary>Whoever listened for the type does so no more.</summary>
    public const uint ListenerGone = 0xFFFF_FE14;
}

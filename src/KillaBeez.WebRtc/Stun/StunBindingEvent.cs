namespace KillaBeez.WebRtc.Stun;

internal enum StunBindingEventKind
{
    /// <summary>
    /// The first answer, or the first after <see cref="Failed"/>: <see cref="StunBindingEvent.Address"/> is the
    /// server-reflexive address.
    /// </summary>
    Mapped,

    /// <summary>A keepalive came back with another <see cref="StunBindingEvent.Address"/>: the NAT has a new mapping.</summary>
    Changed,

    /// <summary>The server has never answered, has not for a minute, or answers with an error.</summary>
    Failed,
}

/// <summary>What a <see cref="StunBindingClient"/> tells its owner.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Address">The server-reflexive address; default of <see cref="StunBindingEventKind.Failed"/>.</param>
internal readonly record struct StunBindingEvent(StunBindingEventKind Kind, TransportAddress Address);

namespace KillaBeez.Swarm.Signaling;

/// <summary>What a signal asks of its receiver. The numbers are on the wire, inside the box.</summary>
internal enum SignalKind : byte
{
    /// <summary>A session description that opens a call.</summary>
    Offer = 1,

    /// <summary>The session description that answers an offer.</summary>
    Answer = 2,

    /// <summary>One more ICE candidate of a call.</summary>
    Candidate = 3,

    /// <summary>The call is over; the body says why.</summary>
    Goodbye = 4,

    /// <summary>"Please call me": sent by the smaller key, because the larger one initiates.</summary>
    Inform = 5,
}

using KillaBeez.Swarm.Calls;

namespace KillaBeez.Swarm.Signaling.Post;

/// <summary>What a <see cref="SignalPost"/> tells its owner.</summary>
internal abstract record SignalPostEvent
{
    private SignalPostEvent()
    {
    }

    /// <summary>A signal that is genuine, new and for this node.</summary>
    /// <param name="From">Who signed it.</param>
    /// <param name="Content">What it says.</param>
    /// <param name="Way">The way it took.</param>
    public sealed record Received(PeerId From, SignalContent Content, SignalWay Way) : SignalPostEvent;

    /// <summary>No way took a signal, and none is left or to come.</summary>
    public sealed record Undeliverable(PeerId To, SignalCallId Call, CallFailure Failure, string Reason) : SignalPostEvent;

    /// <summary>No way takes the signals of a call at the moment; it goes on trying.</summary>
    public sealed record Delayed(PeerId To, CallFailure Failure, string Reason) : SignalPostEvent;

    /// <summary>Who is connected to the receiver? <see cref="SignalPost.SetCarriers"/> is the answer.</summary>
    public sealed record CarriersWanted(PeerId To) : SignalPostEvent;

    /// <summary>A signal that came in was dropped, for a reason other than that it had come by another way before.</summary>
    public sealed record Dropped(PeerId From, Enum Reason) : SignalPostEvent;
}

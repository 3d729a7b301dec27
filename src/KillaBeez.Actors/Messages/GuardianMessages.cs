using KillaBeez.Actors.Replies;
using KillaBeez.Swarm.Calls;
using KillaBeez.Swarm.Signaling;
using KillaBeez.Swarm.Signaling.Post;

namespace KillaBeez.Actors.Messages;

/// <summary>What the guardian is told by the node and, through their parent, by the peers.</summary>
internal static class GuardianMessages
{
    /// <summary>Calls a peer; the reply comes when its session has begun.</summary>
    public sealed record CallPeer(PeerId Target, PendingReply<Peer> Reply) : IInternalMessage;

    /// <summary>The rest of the node is there: the subsystems begin.</summary>
    public sealed record Begin : ILateMessage
    {
        public static readonly Begin Instance = new();
    }

    /// <summary>The rest of the node could not be made: the guardian answers what it was told with that, and stops.</summary>
    public sealed record LaunchFailed(string Reason) : ILateMessage;

    /// <summary>Stops the node: every peer is told, then the guardian ends.</summary>
    public sealed record Stop : ILateMessage
    {
        public static readonly Stop Instance = new();
    }

    /// <summary>Asks what became of the signals that came in; answered on the actor's thread.</summary>
    public sealed record AskCounters(Action<SignalCounters> Answer) : IInternalMessage;

    /// <summary>A session began.</summary>
    public sealed record PeerUp(Peer Peer) : ILateMessage;

    /// <summary>A session ended.</summary>
    public sealed record PeerDown(Peer Peer, string Reason, PeerEnd End) : ILateMessage;

    /// <summary>A call has its peer.</summary>
    public sealed record CallAnswered(PendingReply<Peer> Reply, Peer Peer) : IInternalMessage;

    /// <summary>A link to a peer is being made.</summary>
    public sealed record CallBegan(PeerId Target) : ILateMessage;

    /// <summary>A call came to nothing.</summary>
    public sealed record CallFailed(PeerId Target, CallFailure Failure) : ILateMessage;

    /// <summary>The round trip to a peer was measured.</summary>
    public sealed record RoundTripMeasured(PeerId Peer, TimeSpan RoundTrip) : ILateMessage;

    /// <summary>Seals a signal and sends it.</summary>
    /// <param name="To">The receiver.</param>
    /// <param name="Content">What it says.</param>
    /// <param name="Way">The way that the receiver's own signals take, or that is said to lead there; null where none is known.</param>
    /// <param name="IsAwaited">Whether the application waits for what comes of it.</param>
    public sealed record SendSignal(PeerId To, SignalContent Content, SignalWay? Way, bool IsAwaited) : ILateMessage;

    /// <summary>A message, or with signals a piece of the stream, of one of the swarm's own substreams.</summary>
    /// <param name="From">The peer.</param>
    /// <param name="Type">The substream.</param>
    /// <param name="Message">The bytes.</param>
    /// <param name="Receipt">Goes back when the message was taken from the last queue.</param>
    public sealed record ControlReceived(PeerId From, string Type, byte[] Message, ControlHandled Receipt) : ILateMessage;

    /// <summary>
    /// A message of a peer's no longer waits anywhere. Until then its bytes count against what the peer may send,
    /// so that it cannot fill the queues between the actors.
    /// </summary>
    public sealed record ControlHandled(PeerId From, PeerMessages.ControlReceipt Receipt) : ILateMessage;
}

/// <summary>How a session came to its end.</summary>
internal enum PeerEnd
{
    /// <summary>One of the two wanted it.</summary>
    Closed,

    /// <summary>The peer's node stops, and said so.</summary>
    Left,

    /// <summary>Nobody wanted it.</summary>
    Lost,
}

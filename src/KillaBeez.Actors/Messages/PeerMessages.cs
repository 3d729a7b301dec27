using KillaBeez.Actors.Replies;
using KillaBeez.Swarm.Admission;
using KillaBeez.Swarm.Calls;
using KillaBeez.Swarm.Signaling;
using KillaBeez.Swarm.Signaling.Post;

namespace KillaBeez.Actors.Messages;

/// <summary>What the actor of a peer is told by its parent, and by the application's <see cref="Peer"/>.</summary>
internal static class PeerMessages
{
    /// <summary>Calls the peer unless it is connected, and answers when its session has begun.</summary>
    /// <param name="Reply">Who waits, or null.</param>
    /// <param name="Via">The peer that can carry the signals, where one is known.</param>
    public sealed record Connect(PendingReply<Peer>? Reply, PeerId? Via) : IInternalMessage;

    /// <summary>Because of whom the peer costs this node something, from now on.</summary>
    public sealed record Standing(AdmissionOrigin Origin) : ILateMessage;

    /// <summary>A verified signal from the peer, and the way it took.</summary>
    public sealed record SignalReceived(SignalContent Content, SignalWay Way) : ILateMessage;

    /// <summary>No way took a signal to the peer.</summary>
    public sealed record SignalUndeliverable(SignalCallId Call, CallFailure Failure, string Reason) : ILateMessage;

    /// <summary>No way takes the signals of a call at the moment; it goes on being tried.</summary>
    public sealed record SignalDelayed(CallFailure Failure, string Reason) : ILateMessage;

    /// <summary>The peer broke the protocol on one of the swarm's own substreams: its session ends.</summary>
    public sealed record BrokeProtocol(string Reason) : ILateMessage;

    /// <summary>Measures the round trip.</summary>
    public sealed record Ping(Peer Peer, PendingReply<TimeSpan> Reply) : ILateMessage;

    /// <summary>Opens a substream; the reply comes when the peer has accepted or refused.</summary>
    public sealed record OpenSubstream(Peer Peer, string Type, ReadOnlyMemory<byte> Metadata, PendingReply<Substream> Reply) : ILateMessage;

    /// <summary>Ends the session in order.</summary>
    public sealed record CloseSession(Peer Peer, PendingReply<bool> Reply) : ILateMessage;

    /// <summary>The node stops: tells the peer at once, then stops.</summary>
    public sealed record Shutdown : ILateMessage
    {
        public static readonly Shutdown Instance = new();
    }

    /// <summary>To the parent: nothing is under way just now.</summary>
    public sealed record Quiet : ILateMessage
    {
        public static readonly Quiet Instance = new();
    }

    /// <summary>To the parent: there is nothing to do here any more.</summary>
    public sealed record Idle : ILateMessage
    {
        public static readonly Idle Instance = new();
    }

    /// <summary>From the parent, after <see cref="Idle"/>: stop, if that still holds.</summary>
    public sealed record StopIfIdle : ILateMessage
    {
        public static readonly StopIfIdle Instance = new();
    }

    /// <summary>To the parent: there is something to do again.</summary>
    public sealed record BusyAgain : ILateMessage
    {
        public static readonly BusyAgain Instance = new();
    }

    /// <summary>A message for the peer's swarm.</summary>
    /// <param name="Type">The reserved substream.</param>
    /// <param name="Message">The bytes; not changed afterwards.</param>
    public sealed record SendControl(string Type, byte[] Message) : ILateMessage;

    /// <summary>Says that a message of the peer's was handled.</summary>
    /// <param name="Session">The session it came in: later ones must not get its credit.</param>
    /// <param name="Bytes">Its size.</param>
    public sealed record ControlReceipt(object Session, int Bytes) : ILateMessage;
}

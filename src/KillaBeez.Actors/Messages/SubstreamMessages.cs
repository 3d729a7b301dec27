using System.Buffers;
using KillaBeez.Swarm.Multiplexing;

namespace KillaBeez.Actors.Messages;

/// <summary>Between the actor of a peer and those of its substreams.</summary>
internal static class SubstreamMessages
{
    /// <summary>The substream is accepted: begin to send.</summary>
    public sealed record Start : ILateMessage
    {
        public static readonly Start Instance = new();
    }

    /// <summary>Bytes from the peer; the buffer becomes the substream's.</summary>
    public sealed record Incoming(PooledBuffer Data) : ILateMessage;

    /// <summary>The peer ended its direction.</summary>
    public sealed record RemoteEnd : ILateMessage
    {
        public static readonly RemoteEnd Instance = new();
    }

    /// <summary>How many of the bytes handed over were taken.</summary>
    public sealed record Written(int Bytes) : ILateMessage;

    /// <summary>There is credit again.</summary>
    public sealed record Writable : ILateMessage
    {
        public static readonly Writable Instance = new();
    }

    /// <summary>The substream is over; the pipes end, with this error if there is one.</summary>
    public sealed record Finish(KillaBeezException? Error) : ILateMessage;

    /// <summary>The session is about to close: say when everything the application has written was handed over.</summary>
    public sealed record Drain : ILateMessage
    {
        public static readonly Drain Instance = new();
    }

    /// <summary>From the substream to itself: the application's pipe failed, and the substream with it.</summary>
    public sealed record ReadFailed(Exception Cause) : ILateMessage;

    /// <summary>To the peer: bytes to be sent; they stay the substream's until it is told how many were taken.</summary>
    public sealed record Write(SubstreamId Id, ReadOnlySequence<byte> Data) : ILateMessage;

    /// <summary>To the peer: the application ended its direction.</summary>
    public sealed record CloseWrite(SubstreamId Id) : ILateMessage;

    /// <summary>To the peer: the application has read bytes.</summary>
    public sealed record Consumed(SubstreamId Id, int Bytes) : ILateMessage;

    /// <summary>To the peer: the application reads no more.</summary>
    public sealed record ReaderGone(SubstreamId Id) : ILateMessage;

    /// <summary>To the peer: everything the application has written so far was handed over.</summary>
    public sealed record Drained : ILateMessage
    {
        public static readonly Drained Instance = new();
    }
}

using KillaBeez.Swarm.Links;
using KillaBeez.Swarm.Sessions;

namespace KillaBeez.Actors.Messages;

/// <summary>Between the cipher of a link, its link and its peer.</summary>
internal static class CipherMessages
{
    /// <summary>Messages from the link; the batch becomes the cipher's.</summary>
    public sealed record Received(MessageBatch Batch) : ILateMessage;

    /// <summary>The link takes messages again.</summary>
    public sealed record Writable : ILateMessage
    {
        public static readonly Writable Instance = new();
    }

    /// <summary>The Hello for this side's handshake message.</summary>
    public sealed record SendHello(byte[] Hello) : ILateMessage;

    /// <summary>Plaintexts to be sealed and sent, in order; the batch becomes the cipher's.</summary>
    public sealed record Send(MessageBatch Batch) : ILateMessage;

    /// <summary>Everything that is to be sent was given: answer when the link has it, as far as it takes it.</summary>
    public sealed record Finish : ILateMessage
    {
        public static readonly Finish Instance = new();
    }

    /// <summary>To the link: the cipher gave it up.</summary>
    public sealed record Failed(string Reason) : ILateMessage;

    /// <summary>To the link: the cipher has sealed everything it was given.</summary>
    public sealed record Finished : ILateMessage
    {
        public static readonly Finished Instance = new();
    }

    /// <summary>To the peer: its Hello, from handshake message 2 at the initiator, message 1 at the responder.</summary>
    public sealed record Hello(LinkId Id, byte[] Bytes) : ILateMessage;

    /// <summary>To the peer: opened messages; the batch becomes the receiver's, and the link is told when they were taken.</summary>
    public sealed record Opened(LinkId Id, MessageBatch Plaintexts, IMessageLink Link, int ReceivedBytes) : ILateMessage;

    /// <summary>To the peer: the link took bytes that were handed to it.</summary>
    public sealed record Took(LinkId Id, int Bytes) : ILateMessage;
}

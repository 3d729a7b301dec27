namespace KillaBeez.Swarm.Links;

/// <summary>
/// A way for whole messages between two nodes: ordered and reliable while it lives, with back-pressure in both
/// directions. A WebRTC data channel, a relayed substream or a simulated path. Every link carries messages of
/// up to <see cref="MaxMessageBytes"/> bytes.
/// </summary>
internal interface IMessageLink
{
    /// <summary>The largest message every link carries: a Noise transport message.</summary>
    const int MaxMessageBytes = 65_535;

    /// <summary>What kind of way this is; part of the cipher's prologue.</summary>
    LinkKind Kind { get; }

    /// <summary>
    /// Names who receives messages, and starts delivery. Messages that came before are delivered first.
    /// Called once.
    /// </summary>
    void Attach(IMessageLinkSink sink);

    /// <summary>
    /// Queues a copy of one message. False where the link's buffer is full: the sink's
    /// <see cref="IMessageLinkSink.OnWritable"/> follows. A dead link takes everything and drops it.
    /// </summary>
    bool TrySend(ReadOnlySpan<byte> message);

    /// <summary>
    /// Says that received bytes were consumed, which lets the other side send as many more. From any thread.
    /// </summary>
    void ReleaseReceived(int bytes);

    /// <summary>Lets what is queued go out for a bounded time, then ends the link. Idempotent, from any thread.</summary>
    void Close();
}

/// <summary>Who receives from a link. Calls come one at a time, on a thread of the link; they must return quickly.</summary>
internal interface IMessageLinkSink
{
    /// <summary>Messages that came together, in order. Ownership of the batch passes to the sink.</summary>
    void OnMessages(MessageBatch batch);

    /// <summary>The link takes messages again after <see cref="IMessageLink.TrySend"/> said false.</summary>
    void OnWritable();

    /// <summary>The link is dead; nothing follows. Also called after <see cref="IMessageLink.Close"/>.</summary>
    void OnClosed(string reason);
}

/// <summary>What carries a link.</summary>
internal enum LinkKind : byte
{
    /// <summary>A WebRTC data channel.</summary>
    WebRtc = 1,

    /// <summary>A substream through a third node.</summary>
    Relay = 2,

    /// <summary>A path of the TestKit's simulated network.</summary>
    Simulated = 3,
}

namespace KillaBeez.WebRtc.PeerConnections;

/// <summary>
/// Takes a channel's messages in batches, on the endpoint's IO thread: implementations hand them on and return at
/// once. What they throw fails the connection.
/// </summary>
internal interface IDataChannelSink
{
    /// <summary>
    /// Messages in order. Their payloads belong to the sink, which disposes each and calls
    /// <see cref="DataChannel.ReleaseReceived"/> with its length once it is consumed: until then it counts against
    /// the receive window.
    /// </summary>
    void OnMessages(ReadOnlySpan<ReceivedMessage> batch);

    /// <summary>The channel is open: it may be sent on. Called at once where it already is.</summary>
    void OnOpened();

    /// <summary>After a refused send: the channel has drained to the low mark.</summary>
    void OnWritable();

    /// <summary>The channel is closed; nothing follows.</summary>
    void OnClosed(PeerConnectionCloseReason reason);
}

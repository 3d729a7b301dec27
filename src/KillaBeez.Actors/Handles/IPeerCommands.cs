using KillaBeez.Actors.Replies;

namespace KillaBeez.Actors.Handles;

/// <summary>
/// What a <see cref="Peer"/> has done for it by whoever keeps its session. Every reply is answered or ends with the
/// session; none is waited for here. Thread-safe.
/// </summary>
internal interface IPeerCommands
{
    /// <summary>Measures the round trip.</summary>
    void Ping(Peer peer, PendingReply<TimeSpan> reply);

    /// <summary>Opens a substream; the reply comes when the peer has accepted or refused.</summary>
    void Open(Peer peer, string type, ReadOnlyMemory<byte> metadata, PendingReply<Substream> reply);

    /// <summary>Ends the session in order.</summary>
    void Close(Peer peer, PendingReply<bool> reply);
}

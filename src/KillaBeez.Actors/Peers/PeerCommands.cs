using KillaBeez.Actors.Handles;
using KillaBeez.Actors.Messages;
using KillaBeez.Actors.Replies;

namespace KillaBeez.Actors.Peers;

/// <summary>Tells the actor of a peer what the application wants of the peer.</summary>
internal sealed class PeerCommands(IActorRef actor) : IPeerCommands
{
    public void Ping(Peer peer, PendingReply<TimeSpan> reply) => Tell(new PeerMessages.Ping(peer, reply));

    public void Open(Peer peer, string type, ReadOnlyMemory<byte> metadata, PendingReply<Substream> reply) =>
        Tell(new PeerMessages.OpenSubstream(peer, type, metadata, reply));

    public void Close(Peer peer, PendingReply<bool> reply) => Tell(new PeerMessages.CloseSession(peer, reply));

    private void Tell(IInternalMessage message) => actor.Tell(message, ActorRefs.NoSender);
}

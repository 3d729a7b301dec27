using KillaBeez.Swarm.Calls;

namespace KillaBeez.Actors.Messages;

/// <summary>Between the guardian and whoever calls lost peers again.</summary>
internal static class HealingMessages
{
    /// <summary>A peer is connected.</summary>
    public sealed record PeerUp(PeerId Peer) : ILateMessage;

    /// <summary>A session ended though nobody wanted that.</summary>
    /// <param name="Peer">The peer.</param>
    /// <param name="HasTakenLeave">Whether it said that its node stops.</param>
    public sealed record PeerLost(PeerId Peer, bool HasTakenLeave) : ILateMessage;

    /// <summary>Nobody wants the peer back.</summary>
    public sealed record LetGo(PeerId Peer) : ILateMessage;

    /// <summary>A call has failed.</summary>
    public sealed record CallFailed(PeerId Peer, CallFailure Failure) : ILateMessage;

    /// <summary>There is a sign that the network is back.</summary>
    public sealed record Hurry : ILateMessage
    {
        public static readonly Hurry Instance = new();
    }

    /// <summary>To the guardian: a lost peer is to be called.</summary>
    public sealed record CallWanted(PeerId Peer) : ILateMessage;
}

using KillaBeez.Swarm.Signaling;
using KillaBeez.Swarm.Signaling.Post;

namespace KillaBeez.Actors.Messages;

/// <summary>Between the guardian and the parent of the peers.</summary>
internal static class PeersMessages
{
    /// <summary>A message for the actor of a peer.</summary>
    /// <param name="Remote">The peer.</param>
    /// <param name="Message">What its actor is told.</param>
    /// <param name="Create">Whether the actor is made if there is none.</param>
    public sealed record ToPeer(PeerId Remote, IInternalMessage Message, bool Create) : ILateMessage;

    /// <summary>
    /// A signal of a key's: genuine, fresh, new and opened. Whether the key may cost anything is decided where this arrives,
    /// so that an offer and its candidates stay in order.
    /// </summary>
    /// <param name="From">Who has signed it.</param>
    /// <param name="Content">What it says.</param>
    /// <param name="Way">The way it took.</param>
    public sealed record SignalArrived(PeerId From, SignalContent Content, SignalWay Way) : ILateMessage
    {
        /// <summary>The connected peer that carried it; null where an exchange did.</summary>
        public PeerId? Carrier => (Way as SignalWay.Carrier)?.Peer;
    }

    /// <summary>A connected peer says that somebody would like to be called.</summary>
    /// <param name="About">Who is to be called.</param>
    /// <param name="By">Who says so.</param>
    public sealed record Informed(PeerId About, PeerId By) : ILateMessage;

    /// <summary>Every peer is told that the node stops; <see cref="AllStopped"/> follows.</summary>
    public sealed record ShutdownAll : ILateMessage
    {
        public static readonly ShutdownAll Instance = new();
    }

    /// <summary>To the guardian: no peer's actor is left.</summary>
    public sealed record AllStopped : ILateMessage
    {
        public static readonly AllStopped Instance = new();
    }
}

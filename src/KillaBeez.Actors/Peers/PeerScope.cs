using KillaBeez.Actors.Handles;
using KillaBeez.Actors.Transport;
using KillaBeez.Swarm.Admission;
using KillaBeez.Swarm.Calls;
using KillaBeez.Swarm.Sessions;

namespace KillaBeez.Actors.Peers;

/// <summary>
/// What the parts of one peer's actor share: whom it is about, the two engines that live as long as the actor, and the
/// actor itself. Used on the actor's thread only.
/// </summary>
internal sealed class PeerScope(SwarmEnvironment environment, PeerId remote, ISwarmEvents events, IActorContext context, IWithTimers owner)
{
    public SwarmEnvironment Environment { get; } = environment;

    /// <summary>The remote node's key.</summary>
    public PeerId Remote { get; } = remote;

    /// <summary>Because of whom the peer costs something: which share its links are taken from.</summary>
    public AdmissionOrigin Origin { get; set; } = AdmissionOrigin.Stranger;

    public ISwarmEvents Events { get; } = events;

    /// <summary>The actor: parent of links and substreams.</summary>
    public IActorContext Context { get; } = context;

    /// <summary>Where what people may want to know is said.</summary>
    public ILoggingAdapter Log { get; } = context.GetLogger();

    /// <summary>The actor's timers; it has them only once it is made.</summary>
    public ITimerScheduler Timers => owner.Timers;

    /// <summary>Substreams of this session or an earlier one whose actors still have to end.</summary>
    public FinishingSubstreams Finishing { get; } = new();

    public required CallEngine Calls { get; init; }

    public required SessionEngine Session { get; init; }

    /// <summary>Of the two nodes the one with the larger key uses odd numbers and opens the swarm's own substreams.</summary>
    public bool HasLargerKey => Environment.Identity.Id > Remote;
}

using KillaBeez.Actors.Handles;
using KillaBeez.Messages;

namespace KillaBeez.Actors.Nodes;

/// <summary>The actors that take substreams of a type, and what was offered to them and is not answered. One owner.</summary>
internal sealed class CommandListeners(SubstreamListeners listeners, SwarmOptions options, IActorRef owner, IScheduler scheduler)
{
    /// <summary>To the owner: a peer opens a substream that somebody listens for.</summary>
    internal sealed record Offered(Entry To, SubstreamOffer Offer) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

    /// <summary>To the owner: an offer was accepted or refused.</summary>
    internal sealed record Answered(Entry By, SubstreamOffer Offer) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

    /// <summary>To the owner: an offer should have been answered by now.</summary>
    internal sealed record TimeIsOver(SubstreamOffered Substream) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

    private readonly Dictionary<string, Entry> _byType = new(StringComparer.Ordinal);

    /// <summary>An actor wants the substreams of a type.</summary>
    /// <returns>What it is answered.</returns>
    public object Listen(IActorRef actor, Listen command)
    {
        if (!SubstreamTypes.IsApplicationType(command.Type, metadata: default, out var problem))
        {
            return command.Failure(KillaBeezError.SubstreamRefused, problem);
        }

        var taken = command.Failure(KillaBeezError.LimitExceeded, $"somebody at this node listens for substreams of the type '{command.Type}' already");
        if (_byType.TryGetValue(command.Type, out var present))
        {
            return present.Actor.Equals(actor) ? new Listening(command.Type) : taken;
        }

        var entry = new Entry(actor, owner);
        IDisposable? registration;
        try
        {
            registration = listeners.TryListen(command.Type, entry);
        }
        catch (KillaBeezException e)
        {
            return command.Failure(e.Error, e.Message);
        }

        if (registration is null)
        {
            return taken;
        }

        entry.Registration = registration;
        _byType.Add(command.Type, entry);
        return new Listening(command.Type);
    }

    public void Stop(IActorRef actor, string type)
    {
        if (_byType.TryGetValue(type, out var entry) && entry.Actor.Equals(actor))
        {
            _byType.Remove(type);
            entry.End();
        }
    }

    /// <summary>An actor has ended.</summary>
    public void Remove(IActorRef actor)
    {
        foreach (var type in _byType.Where(entry => entry.Value.Actor.Equals(actor)).Select(entry => entry.Key).Order(StringComparer.Ordinal).ToArray())
        {
            Stop(actor, type);
        }
    }

    public void Clear()
    {
        foreach (var entry in _byType.Values)
        {
            entry.End();
        }

        _byType.Clear();
    }

    public void OnOffered(Offered message)
    {
        var (entry, offer) = message;
        if (entry.HasEnded)
        {
            offer.Refuse(SubstreamRefusals.ListenerGone, "nobody listens for this type any more");
        }
        else if (entry.Pending.Count >= options.SubstreamBacklog)
        {
            offer.Refuse(SubstreamRefusals.Backlogged, "too many substreams of this type wait to be accepted");
        }
        else
        {
            entry.Pending.Add(offer);
            var incoming = new SubstreamOffered(offer, () => owner.Tell(new Answered(entry, offer), ActorRefs.NoSender));
            scheduler.ScheduleTellOnce(options.SubstreamAcceptTimeout, owner, new TimeIsOver(incoming), ActorRefs.NoSender);
            entry.Actor.Tell(incoming, owner);
        }
    }

    public static void OnAnswered(Answered message) => message.By.Pending.Remove(message.Offer);

    public static void OnTimeIsOver(TimeIsOver message) => message.Substream.Refuse(SubstreamRefusals.NotAccepted, "it was not accepted in time");

    /// <summary>One actor that listens for one type.</summary>
    internal sealed class Entry(IActorRef actor, IActorRef owner) : ISubstreamListener
    {
        public IActorRef Actor { get; } = actor;

        public IDisposable? Registration { get; set; }

        public bool HasEnded { get; private set; }

        /// <summary>Offers without an answer; only the owner touches it.</summary>
        public HashSet<SubstreamOffer> Pending { get; } = [];

        public void Offer(SubstreamOffer offer) => owner.Tell(new Offered(this, offer), ActorRefs.NoSender);

        /// <summary>The node has stopped; its actors are ending too.</summary>
        void ISubstreamListener.End()
        {
        }

        public void End()
        {
            HasEnded = true;
            Registration?.Dispose();
            foreach (var offer in Pending)
            {
                offer.Refuse(SubstreamRefusals.ListenerGone, "nobody listens for this type any more");
            }

            Pending.Clear();
        }
    }
}

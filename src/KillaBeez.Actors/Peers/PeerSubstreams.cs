using KillaBeez.Actors.Handles;
using KillaBeez.Actors.Messages;
using KillaBeez.Actors.Replies;
using KillaBeez.Actors.Settings;
using KillaBeez.Actors.Substreams;
using KillaBeez.Swarm.Multiplexing;

namespace KillaBeez.Actors.Peers;

/// <summary>The application's substreams of one session, each with an actor of its own.</summary>
internal sealed class PeerSubstreams(PeerScope scope, Peer peer, MuxEngine mux)
{
    /// <summary>To the actor itself: the application resets a substream.</summary>
    public sealed record Reset(MuxEngine Mux, SubstreamId Id, uint Code) : ILateMessage;

    /// <summary>To the actor itself: the application takes a substream that the peer opened, or refuses it.</summary>
    public sealed record Answer(MuxEngine Mux, SubstreamId Id, (uint Code, string Reason)? Refusal) : ILateMessage;

    private readonly Dictionary<SubstreamId, Entry> _entries = [];
    private readonly Dictionary<IActorRef, SubstreamId> _ids = [];

    /// <summary>The substreams that may still hold bytes of the application's.</summary>
    private readonly HashSet<IActorRef> _draining = [];

    /// <summary>Whether everything the application has written was handed over, as far as it is waited for.</summary>
    public bool AreDrained => _draining.Count == 0;

    /// <summary>Opens a substream; the reply comes when the peer has accepted or refused.</summary>
    public void Open(Instant now, PeerMessages.OpenSubstream message)
    {
        if (!mux.TryOpen(now, message.Type, message.Metadata.Span, out var id, out var error))
        {
            message.Reply.TrySetException(new KillaBeezException(KillaBeezError.LimitExceeded, $"No more substreams can be opened to {scope.Remote.ToShortString()}: {error}."));
            return;
        }

        _entries.Add(id, Make(id, message.Type, message.Metadata, message.Reply));
    }

    /// <summary>The peer opens a substream: the application is asked.</summary>
    public void RemoteOpened(MuxEvent e)
    {
        var entry = Make(e.Id, e.Text, e.Metadata, reply: null);
        _entries.Add(e.Id, entry);
        var (self, owner, id) = (scope.Context.Self, mux, e.Id);
        scope.Events.Offer(entry.Substream, refusal => self.Tell(new Answer(owner, id, refusal), ActorRefs.NoSender));
    }

    public void HandleAnswer(Instant now, Answer message)
    {
        if (!ReferenceEquals(message.Mux, mux) || !_entries.TryGetValue(message.Id, out var entry))
        {
            return;
        }

        if (message.Refusal is { } refusal)
        {
            mux.Refuse(now, message.Id, refusal.Code, refusal.Reason);
            Finish(message.Id, new KillaBeezException(KillaBeezError.SubstreamRefused, "The substream was refused at this side."));
        }
        else
        {
            mux.Accept(now, message.Id);
            entry.Actor.Tell(SubstreamMessages.Start.Instance);
        }
    }

    public void HandleReset(Instant now, Reset message)
    {
        if (ReferenceEquals(message.Mux, mux))
        {
            mux.Reset(now, message.Id, Math.Min(message.Code, MuxResetCode.FirstReserved - 1));
            Finish(message.Id, new KillaBeezException(KillaBeezError.SubstreamReset, $"The substream was reset at this side with code {message.Code}."));
        }
    }

    public void Write(Instant now, SubstreamMessages.Write message)
    {
        if (!IsFromItsActor(message.Id))
        {
            return;
        }

        var taken = 0;
        foreach (var segment in message.Data)
        {
            var written = mux.Write(now, message.Id, segment.Span);
            taken += written;
            if (written < segment.Length)
            {
                break;
            }
        }

        scope.Context.Sender.Tell(new SubstreamMessages.Written(taken));
    }

    public void CloseWrite(Instant now, SubstreamMessages.CloseWrite message)
    {
        if (IsFromItsActor(message.Id))
        {
            mux.CloseWrite(now, message.Id);
        }
    }

    public void Consumed(Instant now, SubstreamMessages.Consumed message)
    {
        if (IsFromItsActor(message.Id))
        {
            mux.Consumed(now, message.Id, message.Bytes);
        }
    }

    public void StopReading(Instant now, SubstreamMessages.ReaderGone message)
    {
        if (IsFromItsActor(message.Id))
        {
            mux.StopReading(now, message.Id);
        }
    }

    /// <summary>Something happened to one of the substreams.</summary>
    public void Handle(Instant now, MuxEvent e)
    {
        _entries.TryGetValue(e.Id, out var entry);
        switch (e.Kind)
        {
            case MuxEventKind.Accepted: OnAccepted(now, e.Id, entry); break;
            case MuxEventKind.Refused:
                Finish(e.Id, new KillaBeezException(KillaBeezError.SubstreamRefused, $"The peer refused the substream with code {e.Code}: {e.Text}"));
                break;
            case MuxEventKind.Data: OnData(e, entry); break;
            case MuxEventKind.Writable: entry?.Actor.Tell(SubstreamMessages.Writable.Instance); break;
            case MuxEventKind.RemoteClosedWrite: entry?.Actor.Tell(SubstreamMessages.RemoteEnd.Instance); break;
            case MuxEventKind.Reset:
                Finish(e.Id, new KillaBeezException(KillaBeezError.SubstreamReset, $"The substream was reset with code {e.Code:X}."));
                break;
            case MuxEventKind.Closed: Finish(e.Id, error: null); break;
            default: break;
        }
    }

    /// <summary>Asks every substream for what the application has written.</summary>
    public void Drain()
    {
        foreach (var entry in _entries.Values)
        {
            _draining.Add(entry.Actor);
            entry.Actor.Tell(SubstreamMessages.Drain.Instance);
        }
    }

    public void NoteDrained(IActorRef actor) => _draining.Remove(actor);

    /// <summary>It is waited no longer for what the peer gives no credit for.</summary>
    public void GiveUpDraining() => _draining.Clear();

    /// <summary>A substream's actor that ended by itself has failed: the peer must know.</summary>
    public void Terminated(Instant now, IActorRef actor)
    {
        _draining.Remove(actor);
        if (_ids.Remove(actor, out var id) && _entries.Remove(id, out var entry))
        {
            mux.Reset(now, id, SubstreamRefusals.Failed);
            entry.Pipes.Complete(new KillaBeezException(KillaBeezError.SubstreamReset, "The substream failed at this side."));
            entry.Reply?.TrySetException(new KillaBeezException(KillaBeezError.SubstreamReset, "The substream failed at this side."));
        }
    }

    /// <summary>The session is over.</summary>
    /// <param name="error">Why, or null where it was closed in order.</param>
    /// <param name="areStopped">Whether the actors no longer end the pipes themselves.</param>
    public void End(KillaBeezException? error, bool areStopped)
    {
        foreach (var entry in _entries.Values)
        {
            if (areStopped)
            {
                entry.Pipes.Complete(error);
            }
            else
            {
                Finish(entry, error);
            }

            entry.Reply?.TrySetException(error ?? new KillaBeezException(KillaBeezError.SessionLost, "The session was closed."));
        }

        _entries.Clear();
        _draining.Clear();
    }

    private Entry Make(SubstreamId id, string type, ReadOnlyMemory<byte> metadata, PendingReply<Substream>? reply)
    {
        var pipes = new SubstreamPipes(scope.Environment.ApplicationScheduler);
        var actor = scope.Context.ActorOf(SwarmProps.Of(() => new SubstreamActor(id, pipes)), FreeName(id));
        scope.Context.Watch(actor);
        var (self, owner) = (scope.Context.Self, mux);
        var substream = new Substream(peer, type, metadata, pipes, code => self.Tell(new Reset(owner, id, code), ActorRefs.NoSender));
        _ids.Add(actor, id);
        return new Entry(actor, substream, pipes, reply);
    }

    /// <summary>Numbers begin anew with every session, and the actor that had this one in the last may not be gone yet.</summary>
    private string FreeName(SubstreamId id)
    {
        var name = $"sub-{id.Value}";
        for (var i = 2; !scope.Context.Child(name).IsNobody(); i++)
        {
            name = $"sub-{id.Value}-{i}";
        }

        return name;
    }

    /// <summary>
    /// Numbers begin anew with every session: a late message of an old session's substream must not reach the
    /// one that has its number now.
    /// </summary>
    private bool IsFromItsActor(SubstreamId id) => _entries.TryGetValue(id, out var entry) && entry.Actor.Equals(scope.Context.Sender);

    private void OnAccepted(Instant now, SubstreamId id, Entry? entry)
    {
        if (entry is null)
        {
            return;
        }

        entry.Actor.Tell(SubstreamMessages.Start.Instance);
        if (entry.Reply?.TrySetResult(entry.Substream) == false)
        {
            // The opener has given up meanwhile.
            mux.Reset(now, id, SubstreamRefusals.Abandoned);
            Finish(id, new KillaBeezException(KillaBeezError.SubstreamReset, "The opener gave up."));
        }
    }

    private static void OnData(MuxEvent e, Entry? entry)
    {
        if (entry is null)
        {
            e.Buffer.Dispose();
        }
        else
        {
            entry.Actor.Tell(new SubstreamMessages.Incoming(e.Buffer));
        }
    }

    private void Finish(SubstreamId id, KillaBeezException? error)
    {
        if (_entries.Remove(id, out var entry))
        {
            Finish(entry, error);
            if (error is not null)
            {
                entry.Reply?.TrySetException(error);
            }
        }
    }

    private void Finish(Entry entry, KillaBeezException? error)
    {
        scope.Finishing.Add(entry.Actor, entry.Pipes, error);
        entry.Actor.Tell(new SubstreamMessages.Finish(error));
    }

    private sealed record Entry(IActorRef Actor, Substream Substream, SubstreamPipes Pipes, PendingReply<Substream>? Reply);
}

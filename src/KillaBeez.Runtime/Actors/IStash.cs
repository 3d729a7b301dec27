namespace KillaBeez.Runtime;

/// <summary>Messages that an actor has put aside for later.</summary>
public interface IStash
{
    /// <summary>Puts the message in hand aside.</summary>
    /// <exception cref="IllegalActorStateException">It is there already.</exception>
    void Stash();

    /// <summary>Puts the oldest message back to the front of the mailbox.</summary>
    void Unstash();

    /// <summary>Puts all messages back to the front of the mailbox, in their order.</summary>
    void UnstashAll();
}

/// <summary>Marks an actor that has a stash; the runtime sets the property after the constructor, before PreStart.</summary>
public interface IWithStash
{
    /// <summary>The actor's stash.</summary>
    IStash Stash { get; set; }
}

/// <summary>Marks an actor that has a stash without a limit.</summary>
public interface IWithUnboundedStash : IWithStash;

/// <summary>A message with its sender.</summary>
internal readonly record struct Envelope(object Message, IActorRef? Sender);

/// <summary>The stash of one incarnation of an actor.</summary>
internal sealed class StashBuffer(ActorCell cell) : IStash
{
    private readonly Queue<Envelope> _messages = new();
    private long _lastStashed;

    public void Stash()
    {
        if (cell.CurrentMessage is not { } message || cell.MessageNumber == _lastStashed)
        {
            throw new IllegalActorStateException("Can't stash the same message more than once, nor outside of a message");
        }

        _lastStashed = cell.MessageNumber;
        _messages.Enqueue(new Envelope(message, cell.SenderOrNull));
    }

    public void Unstash()
    {
        if (_messages.TryDequeue(out var envelope))
        {
            cell.PutBack([envelope]);
        }
    }

    public void UnstashAll()
    {
        cell.PutBack(_messages.ToArray());
        _messages.Clear();
    }
}

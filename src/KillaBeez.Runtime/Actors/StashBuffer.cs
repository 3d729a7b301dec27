namespace KillaBeez.Runtime.Internals;

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
            throw new IllegalActorStateException("Only the message in hand can be stashed, and only once");
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

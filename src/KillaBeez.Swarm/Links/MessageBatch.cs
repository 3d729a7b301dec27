namespace KillaBeez.Swarm.Links;

/// <summary>
/// Messages that travel between owners together, each in a pooled buffer. The batch has one owner at a time,
/// who disposes it once, and with it every buffer in it.
/// </summary>
internal sealed class MessageBatch : IDisposable
{
    private readonly List<PooledBuffer> _messages;

    public MessageBatch(int capacity = 4) => _messages = new List<PooledBuffer>(capacity);

    public int Count => _messages.Count;

    /// <summary>The sum of all messages' lengths.</summary>
    public int TotalBytes { get; private set; }

    /// <summary>The message's bytes; they live as long as the batch.</summary>
    public ReadOnlySpan<byte> this[int index] => _messages[index].Span;

    /// <summary>Takes ownership of a message.</summary>
    public void Add(PooledBuffer message)
    {
        _messages.Add(message);
        TotalBytes += message.Length;
    }

    public void AddCopy(ReadOnlySpan<byte> message) => Add(PooledBuffer.CopyOf(message));

    /// <summary>Takes over the messages of another batch, which is empty afterwards.</summary>
    public void AddAll(MessageBatch other)
    {
        foreach (var message in other._messages)
        {
            Add(message);
        }

        other._messages.Clear();
        other.TotalBytes = 0;
    }

    public void Dispose()
    {
        foreach (var message in _messages)
        {
            message.Dispose();
        }

        _messages.Clear();
        TotalBytes = 0;
    }
}

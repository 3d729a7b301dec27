namespace KillaBeez.Runtime.Internals;

/// <summary>One declared handler of a <see cref="ReceiveActor"/>.</summary>
internal abstract class MessageHandler
{
    /// <summary>False if the message is not for this handler.</summary>
    public abstract bool TryHandle(object message);
}

internal sealed class ActionHandler<T>(Action<T> handler, Predicate<T>? shouldHandle) : MessageHandler
{
    public override bool TryHandle(object message)
    {
        if (message is not T typed || (shouldHandle is not null && !shouldHandle(typed)))
        {
            return false;
        }

        handler(typed);
        return true;
    }
}

internal sealed class FuncHandler<T>(Func<T, bool> handler) : MessageHandler
{
    public override bool TryHandle(object message) => message is T typed && handler(typed);
}

internal sealed class AsyncHandler<T>(Func<T, Task> handler, Predicate<T>? shouldHandle, ActorCell cell) : MessageHandler
{
    public override bool TryHandle(object message)
    {
        if (message is not T typed || (shouldHandle is not null && !shouldHandle(typed)))
        {
            return false;
        }

        cell.RunAsync(handler, typed);
        return true;
    }
}

/// <summary>The handlers of one behaviour, in their order.</summary>
internal sealed class HandlerList
{
    private MessageHandler[] _handlers = [];
    private int _count;
    private bool _isComplete;

    public static HandlerList Empty { get; } = new();

    public void Add(MessageHandler handler, bool isLast)
    {
        if (_isComplete)
        {
            throw new InvalidOperationException("A handler for all messages has been declared; no other one can follow it");
        }

        if (_count == _handlers.Length)
        {
            Array.Resize(ref _handlers, Math.Max(2, _count * 2));
        }

        _handlers[_count++] = handler;
        _isComplete = isLast;
    }

    public bool TryHandle(object message)
    {
        var handlers = _handlers.AsSpan(0, _count);
        foreach (var handler in handlers)
        {
            if (handler.TryHandle(message))
            {
                return true;
            }
        }

        return false;
    }
}

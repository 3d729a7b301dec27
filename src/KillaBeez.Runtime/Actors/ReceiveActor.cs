namespace KillaBeez.Runtime;

/// <summary>
/// An actor that declares a handler for each type of message, in its constructor and inside Become. Handlers are
/// tried in the order of their declaration.
/// </summary>
public abstract class ReceiveActor : UntypedActor
{
    private HandlerList? _underConstruction = new();
    private HandlerList _initial = HandlerList.Empty;

    /// <summary>Handles messages of a type.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="handler">What to do.</param>
    /// <param name="shouldHandle">Which of them; all where null.</param>
    /// <exception cref="InvalidOperationException">Not in the constructor nor in Become, or after a handler for all messages.</exception>
    protected void Receive<T>(Action<T> handler, Predicate<T>? shouldHandle = null) =>
        Add(new ActionHandler<T>(handler, shouldHandle), isLast: typeof(T) == typeof(object) && shouldHandle is null);

    /// <summary>Handles messages of a type.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="shouldHandle">Which of them; all where null.</param>
    /// <param name="handler">What to do.</param>
    protected void Receive<T>(Predicate<T>? shouldHandle, Action<T> handler) => Receive(handler, shouldHandle);

    /// <summary>Handles those messages of a type for which the handler returns true; the others go to the next handler.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="handler">What to do.</param>
    protected void Receive<T>(Func<T, bool> handler) => Add(new FuncHandler<T>(handler), isLast: false);

    /// <summary>Handles every message; no handler may follow.</summary>
    /// <param name="handler">What to do.</param>
    protected void ReceiveAny(Action<object> handler) => Add(new ActionHandler<object>(handler, null), isLast: true);

    /// <summary>Handles messages of a type asynchronously; the next message waits for the end of the task.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="handler">What to do.</param>
    /// <param name="shouldHandle">Which of them; all where null.</param>
    protected void ReceiveAsync<T>(Func<T, Task> handler, Predicate<T>? shouldHandle = null) =>
        Add(new AsyncHandler<T>(handler, shouldHandle, RuntimeCell), isLast: typeof(T) == typeof(object) && shouldHandle is null);

    /// <summary>Handles messages of a type asynchronously; the next message waits for the end of the task.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="shouldHandle">Which of them; all where null.</param>
    /// <param name="handler">What to do.</param>
    protected void ReceiveAsync<T>(Predicate<T>? shouldHandle, Func<T, Task> handler) => ReceiveAsync(handler, shouldHandle);

    /// <summary>Handles every message asynchronously; no handler may follow.</summary>
    /// <param name="handler">What to do.</param>
    protected void ReceiveAnyAsync(Func<object, Task> handler) => Add(new AsyncHandler<object>(handler, null, RuntimeCell), isLast: true);

    /// <summary>Replaces the present handlers from the next message on.</summary>
    /// <param name="configure">Declares the new ones.</param>
    protected void Become(Action configure) => Become(Declare(configure));

    /// <summary>Puts handlers on top of the present ones.</summary>
    /// <param name="configure">Declares the new ones.</param>
    protected void BecomeStacked(Action configure) => BecomeStacked(Declare(configure));

    /// <inheritdoc/>
    protected sealed override void OnReceive(object message)
    {
        if (!_initial.TryHandle(message))
        {
            Unhandled(message);
        }
    }

    internal override void OnConstructed()
    {
        _initial = _underConstruction!;
        _underConstruction = null;
    }

    private Receive Declare(Action configure)
    {
        var outer = _underConstruction;
        var handlers = _underConstruction = new HandlerList();
        try
        {
            configure();
        }
        finally
        {
            _underConstruction = outer;
        }

        return handlers.TryHandle;
    }

    private void Add(MessageHandler handler, bool isLast)
    {
        if (_underConstruction is null)
        {
            throw new InvalidOperationException("Handlers are declared in the constructor and inside Become only");
        }

        _underConstruction.Add(handler, isLast);
    }
}

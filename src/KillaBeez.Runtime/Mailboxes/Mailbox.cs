using System.Diagnostics.CodeAnalysis;

namespace KillaBeez.Runtime.Internals;

/// <summary>
/// The two queues of an actor and the rule that one thread at a time works them off: a linked list of user messages
/// with many producers and one consumer, and before it a stack of system messages that is taken whole and reversed.
/// </summary>
internal abstract class Mailbox : IThreadPoolWorkItem
{
    private readonly Dispatcher _dispatcher;

    /// <summary>The newest node; producers exchange it. The oldest belongs to the consumer and is always spent.</summary>
    private Node _newest;
    private Node _oldest;
    private SystemMessage? _systemMessages;
    private int _scheduled;

    protected Mailbox(Dispatcher dispatcher)
    {
        _dispatcher = dispatcher;
        _newest = _oldest = new Node(null, null);
    }

    protected Dispatcher Dispatcher => _dispatcher;

    /// <summary>Whether user messages may be handled now. Read by the running thread only.</summary>
    protected abstract bool IsOpen { get; }

    protected bool HasUserMessages => !ReferenceEquals(Volatile.Read(ref _newest), _oldest);

    public void Enqueue(object message, IActorRef? sender)
    {
        var node = new Node(message, sender);
        // The list is broken between these two writes; the consumer waits for the second one.
        var previous = Interlocked.Exchange(ref _newest, node);
        Volatile.Write(ref previous.Next, node);
        Schedule();
    }

    public void EnqueueSystem(SystemMessage message)
    {
        SystemMessage? head;
        do
        {
            head = Volatile.Read(ref _systemMessages);
            message.Next = head;
        }
        while (Interlocked.CompareExchange(ref _systemMessages, message, head) != head);
        Schedule();
    }

    /// <summary>One run: system messages before every user message, at most the dispatcher's throughput of the latter.</summary>
    public void Execute()
    {
        BeginRun();
        for (var left = _dispatcher.Throughput; ; left--)
        {
            while (Volatile.Read(ref _systemMessages) is not null)
            {
                HandleSystemMessages();
            }

            if (left == 0 || !IsOpen || !HandleNext())
            {
                break;
            }
        }

        var isOpen = IsOpen;
        EndRun();
        // A full fence between giving up the flag and looking at the queues: with a plain write the look could come
        // first, and a message told between the two would wait for ever.
        Interlocked.Exchange(ref _scheduled, 0);
        if (Volatile.Read(ref _systemMessages) is not null || (isOpen && HasMore))
        {
            Schedule();
        }
    }

    /// <summary>Whether anything waits besides system messages. May look at a field of another thread's run; then it is a hint.</summary>
    protected virtual bool HasMore => HasUserMessages;

    protected abstract void BeginRun();

    protected abstract void EndRun();

    /// <summary>Handles one user message; false if there is none.</summary>
    protected abstract bool HandleNext();

    protected abstract void HandleSystem(SystemMessage message);

    /// <summary>Takes the oldest user message. Only the running thread may call it.</summary>
    protected bool TryDequeue([NotNullWhen(true)] out object? message, out IActorRef? sender)
    {
        var spent = _oldest;
        var next = Volatile.Read(ref spent.Next);
        if (next is null)
        {
            if (ReferenceEquals(Volatile.Read(ref _newest), spent))
            {
                message = null;
                sender = null;
                return false;
            }

            next = WaitForLink(spent);
        }

        // A spent node that points on would drag the young nodes behind it into the old generation.
        spent.Next = null;
        _oldest = next;
        message = next.Message!;
        sender = next.Sender;
        next.Message = null;
        next.Sender = null;
        return true;
    }

    private static Node WaitForLink(Node spent)
    {
        var spinner = default(SpinWait);
        Node? next;
        while ((next = Volatile.Read(ref spent.Next)) is null)
        {
            spinner.SpinOnce();
        }

        return next;
    }

    private void Schedule()
    {
        // The exchange that queued the message was a full fence, so this look at the flag cannot come before it.
        if (Volatile.Read(ref _scheduled) == 0 && Interlocked.Exchange(ref _scheduled, 1) == 0)
        {
            _dispatcher.Schedule(this);
        }
    }

    private void HandleSystemMessages()
    {
        var newestFirst = Interlocked.Exchange(ref _systemMessages, null);
        SystemMessage? oldestFirst = null;
        while (newestFirst is not null)
        {
            var next = newestFirst.Next;
            newestFirst.Next = oldestFirst;
            oldestFirst = newestFirst;
            newestFirst = next;
        }

        while (oldestFirst is not null)
        {
            var message = oldestFirst;
            oldestFirst = message.Next;
            message.Next = null;
            HandleSystem(message);
        }
    }

    private sealed class Node(object? message, IActorRef? sender)
    {
        public Node? Next;
        public object? Message = message;
        public IActorRef? Sender = sender;
    }
}

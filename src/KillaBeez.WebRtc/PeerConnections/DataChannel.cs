using System.Text;
using KillaBeez.WebRtc.Io;

namespace KillaBeez.WebRtc.PeerConnections;

/// <summary>Receives one message of a channel.</summary>
/// <param name="channel">The channel it came from.</param>
/// <param name="message">The bytes; valid only until the handler returns, so copy what is kept.</param>
/// <param name="isText">Whether the peer sent it as text (UTF-8).</param>
public delegate void DataChannelMessageHandler(DataChannel channel, ReadOnlyMemory<byte> message, bool isText);

/// <summary>
/// One channel of a connection (RFC 8831): whole messages, in order and reliably unless it was made otherwise.
/// Methods may be called from any thread. Events are raised one after the other on the endpoint's IO thread:
/// handlers must return soon and never wait for anything that this endpoint does.
/// </summary>
public sealed class DataChannel
{
    private readonly ConnectionDriver _connection;
    private readonly OutgoingQueue _outgoing;
    private readonly Lock _lock = new();
    private DataChannelMessageHandler? _messageReceived;
    private TaskCompletionSource? _writable;
    private long _lowThreshold;
    private int _queued;
    private int _isAboveLow;
    private int _state;
    private int _id = -1;

    internal DataChannel(ConnectionDriver connection, string label, DataChannelInit init, PeerConnectionOptions options)
    {
        _connection = connection;
        _outgoing = new OutgoingQueue(options.SendBufferHighBytes, options.SendBufferLowBytes);
        Label = label;
        Protocol = init.Protocol;
        Ordered = init.Ordered;
        MaxRetransmits = init.MaxRetransmits;
        MaxPacketLifeTimeMs = init.MaxPacketLifeTimeMs;
        Negotiated = init.Negotiated;
        if (init.Id is { } id)
        {
            _id = id;
        }
    }

    /// <summary>The channel can be sent on. Not raised for channels that the peer opened: they are open at once.</summary>
    public event EventHandler? Opened;

    /// <summary>The channel is over, whoever closed it. The last event.</summary>
    public event EventHandler? Closed;

    /// <summary><see cref="BufferedAmount"/> fell from above <see cref="BufferedAmountLowThreshold"/> to it or below.</summary>
    public event EventHandler? BufferedAmountLow;

    /// <summary>
    /// A message has arrived. What arrives while nobody listens waits, within the receive window, and is raised
    /// when the first handler is added.
    /// </summary>
    public event DataChannelMessageHandler? MessageReceived
    {
        add
        {
            lock (_lock)
            {
                _messageReceived += value;
            }

            _connection.NoteQueued(this);
        }

        remove
        {
            lock (_lock)
            {
                _messageReceived -= value;
            }
        }
    }

    /// <summary>The name that the opener chose; need not be unique. At most 65,535 bytes of UTF-8.</summary>
    public string Label { get; }

    /// <summary>The subprotocol that the opener named, or an empty text.</summary>
    public string Protocol { get; }

    /// <summary>The SCTP stream, 0 to 65,534; null until the DTLS roles are known.</summary>
    public int? Id => Volatile.Read(ref _id) is >= 0 and var id ? id : null;

    /// <summary>Whether messages arrive in the order in which they were sent.</summary>
    public bool Ordered { get; }

    /// <summary>How often a lost message is sent again before it is given up; null: until it arrives.</summary>
    public int? MaxRetransmits { get; }

    /// <summary>For how many milliseconds a message is tried before it is given up; null: until it arrives.</summary>
    public int? MaxPacketLifeTimeMs { get; }

    /// <summary>Whether both sides made the channel themselves, with the same id.</summary>
    public bool Negotiated { get; }

    /// <summary>Where the channel stands.</summary>
    public DataChannelState ReadyState => (DataChannelState)Volatile.Read(ref _state);

    /// <summary>Bytes accepted for sending and not yet sent for the first time.</summary>
    public long BufferedAmount => _outgoing.BufferedBytes;

    /// <summary>When <see cref="BufferedAmountLow"/> is raised, in bytes; 0 by default.</summary>
    public long BufferedAmountLowThreshold
    {
        get => Interlocked.Read(ref _lowThreshold);
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            Interlocked.Exchange(ref _lowThreshold, value);
        }
    }

    /// <summary>The largest message that may be sent, in bytes: the lesser of what both sides take.</summary>
    public int MaxMessageBytes => _connection.MaxSendMessageBytes;

    internal IDataChannelSink? Sink { get; private set; }

    internal OutgoingQueue Outgoing => _outgoing;

    internal bool HasHandler => Sink is not null || Volatile.Read(ref _messageReceived) is not null;

    /// <summary>IO thread: messages that came while nobody listened.</summary>
    internal Queue<ReceivedMessage> Undelivered { get; } = new();

    /// <summary>Queues a message, of which a copy is taken.</summary>
    /// <param name="message">0 to <see cref="MaxMessageBytes"/> bytes.</param>
    /// <param name="isText">Whether it is UTF-8 text.</param>
    /// <returns>False where the send buffer is full; wait for <see cref="BufferedAmountLow"/> or use SendAsync.</returns>
    /// <exception cref="InvalidOperationException">The channel is not open yet.</exception>
    /// <exception cref="KillaBeezException">The channel is closing or closed (Closed).</exception>
    /// <exception cref="ArgumentException">The message is larger than <see cref="MaxMessageBytes"/>.</exception>
    public bool TrySend(ReadOnlySpan<byte> message, bool isText = false)
    {
        ThrowUnlessOpen();
        if (message.Length > MaxMessageBytes)
        {
            throw new ArgumentException($"The message has {message.Length} bytes; the two sides agreed on at most {MaxMessageBytes}.", nameof(message));
        }

        if (!_outgoing.TryEnqueue(message, isText))
        {
            return false;
        }

        if (_outgoing.BufferedBytes > BufferedAmountLowThreshold)
        {
            Interlocked.Exchange(ref _isAboveLow, 1);
        }

        _connection.NoteQueued(this);
        return true;
    }

    /// <summary>Queues a binary message, of which a copy is taken, as soon as the send buffer has room.</summary>
    /// <param name="message">0 to <see cref="MaxMessageBytes"/> bytes.</param>
    /// <param name="cancellationToken">Ends the waiting; the message is then not sent.</param>
    /// <exception cref="InvalidOperationException">The channel is not open yet.</exception>
    /// <exception cref="KillaBeezException">The channel is closing or closed (Closed).</exception>
    /// <exception cref="ArgumentException">The message is larger than <see cref="MaxMessageBytes"/>.</exception>
    public ValueTask SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default) =>
        SendAsync(message, isText: false, cancellationToken);

    /// <summary>Queues a text message as soon as the send buffer has room.</summary>
    /// <param name="text">The text; its UTF-8 form has 0 to <see cref="MaxMessageBytes"/> bytes.</param>
    /// <param name="cancellationToken">Ends the waiting; the message is then not sent.</param>
    /// <inheritdoc cref="SendAsync(ReadOnlyMemory{byte}, CancellationToken)"/>
    public ValueTask SendAsync(string text, CancellationToken cancellationToken = default) =>
        SendAsync(Encoding.UTF8.GetBytes(text), isText: true, cancellationToken);

    /// <summary>
    /// Closes the channel once what has been queued is sent. Returns at once; <see cref="Closed"/> is raised when
    /// both sides are done.
    /// </summary>
    public void Close()
    {
        if (TryAdvance(DataChannelState.Closing))
        {
            _connection.PostClose(this);
        }
    }

    /// <summary>Directs the messages to a sink, in place of the events. Messages that wait go there first.</summary>
    internal void SetSink(IDataChannelSink sink) => _connection.PostSink(this, sink);

    /// <summary>Reopens the receive window by what a sink has consumed, in bytes. From any thread.</summary>
    internal void ReleaseReceived(int bytes) => _connection.ReleaseReceived(bytes);

    /// <summary>IO thread: this side closes the channel as soon as what is queued has been handed on.</summary>
    internal bool IsClosePending { get; set; }

    /// <summary>IO thread: whether the amount has come down to the threshold since it was above.</summary>
    internal bool TakeBufferedAmountLow() =>
        _outgoing.BufferedBytes <= BufferedAmountLowThreshold && Interlocked.Exchange(ref _isAboveLow, 0) == 1;

    /// <summary>Notes that something is queued; true for the first since the IO thread looked.</summary>
    internal bool TryMarkQueued() => Interlocked.Exchange(ref _queued, 1) == 0;

    /// <summary>IO thread: about to look.</summary>
    internal void ClearQueued() => Interlocked.Exchange(ref _queued, 0);

    internal void SetId(int id) => Volatile.Write(ref _id, id);

    internal void AttachSink(IDataChannelSink sink)
    {
        Sink = sink;
        if (ReadyState is DataChannelState.Open or DataChannelState.Closing)
        {
            sink.OnOpened();
        }
    }

    /// <summary>Moves the state forward, never back: either thread may close a channel that is just being opened.</summary>
    internal bool TryAdvance(DataChannelState state)
    {
        var current = Volatile.Read(ref _state);
        while (current < (int)state)
        {
            var seen = Interlocked.CompareExchange(ref _state, (int)state, current);
            if (seen == current)
            {
                return true;
            }

            current = seen;
        }

        return false;
    }

    internal void RaiseOpened()
    {
        Sink?.OnOpened();
        Opened?.Invoke(this, EventArgs.Empty);
    }

    internal void RaiseMessage(ReadOnlyMemory<byte> message, bool isText) =>
        Volatile.Read(ref _messageReceived)?.Invoke(this, message, isText);

    internal void RaiseBufferedAmountLow() => BufferedAmountLow?.Invoke(this, EventArgs.Empty);

    internal void RaiseWritable()
    {
        Interlocked.Exchange(ref _writable, null)?.TrySetResult();
        Sink?.OnWritable();
    }

    internal void RaiseClosed(PeerConnectionCloseReason reason)
    {
        _outgoing.Clear();
        Interlocked.Exchange(ref _writable, null)?.TrySetResult();
        Sink?.OnClosed(reason);
        Closed?.Invoke(this, EventArgs.Empty);
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> message, bool isText, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        while (!TrySend(message.Span, isText))
        {
            // Taken before the second try: whoever makes room after it completes this very signal.
            var writable = WaitForWritableAsync();
            if (TrySend(message.Span, isText))
            {
                return;
            }

            await writable.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private Task WaitForWritableAsync()
    {
        var current = Volatile.Read(ref _writable);
        if (current is null)
        {
            var created = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            current = Interlocked.CompareExchange(ref _writable, created, null) ?? created;
        }

        return current.Task;
    }

    private void ThrowUnlessOpen()
    {
        switch (ReadyState)
        {
            case DataChannelState.Open:
                return;
            case DataChannelState.Connecting:
                throw new InvalidOperationException($"The data channel '{Label}' is not open yet; wait for Opened.");
            default:
                throw new KillaBeezException(KillaBeezError.Closed, $"The data channel '{Label}' is closed.");
        }
    }
}

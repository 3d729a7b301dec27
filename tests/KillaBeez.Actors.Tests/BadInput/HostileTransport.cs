using KillaBeez.Actors.Transport;
using KillaBeez.Swarm.CipherSessions;
using KillaBeez.Swarm.Links;
using KillaBeez.Swarm.Multiplexing;
using KillaBeez.Swarm.Sessions;

namespace KillaBeez.Actors.Tests.BadInput;

/// <summary>
/// Makes a node hostile: it signals as any other, with a valid key, but what it does on its links is the test's
/// choice, engine by engine.
/// </summary>
internal sealed class HostileTransport(ILinkTransport inner, Simulation simulation, Action<HostileLink> onOpened) : ILinkTransport
{
    public ILinkAttempt Offer(ILinkAttemptObserver observer) => inner.Offer(new Interceptor(this, observer, LinkRole.Initiator));

    public ILinkAttempt Answer(string offer, ILinkAttemptObserver observer) => inner.Answer(offer, new Interceptor(this, observer, LinkRole.Responder));

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private sealed class Interceptor(HostileTransport transport, ILinkAttemptObserver observer, LinkRole role) : ILinkAttemptObserver
    {
        public void OnDescription(string description) => observer.OnDescription(description);

        public void OnCandidate(string candidate) => observer.OnCandidate(candidate);

        public void OnOpened(IMessageLink link, byte[] prologue) => new HostileLink(transport.Simulation, link, prologue, role).Begin(transport.OnOpened);

        public void OnFailed(string reason) => observer.OnFailed(reason);
    }

    private Simulation Simulation { get; } = simulation;

    private Action<HostileLink> OnOpened { get; } = onOpened;
}

/// <summary>The hostile end of a link: the engines of an honest node, and the means to misuse each.</summary>
internal sealed class HostileLink(Simulation simulation, IMessageLink link, byte[] prologue, LinkRole role) : IMessageLinkSink, IDisposable
{
    private static readonly LinkId _id = new(1);
    private static readonly TimeSpan _tick = TimeSpan.FromMilliseconds(20);

    private readonly byte[] _scratch = new byte[IMessageLink.MaxMessageBytes];
    private readonly byte[] _message = new byte[IMessageLink.MaxMessageBytes];
    private readonly SessionEngine _session = new(new SessionOptions(), simulation.Random);
    private CipherHandshake? _handshake;
    private CipherSession? _cipher;

    /// <summary>Its own multiplexer, with limits that hold it back nowhere; null before the session has begun.</summary>
    public MuxEngine? Mux { get; private set; }

    /// <summary>What the multiplexer said, oldest first.</summary>
    public List<MuxEvent> Events { get; } = [];

    /// <summary>What became of the session, or null.</summary>
    public SessionEndCode? Ended { get; private set; }

    /// <summary>Why the link was closed, or null.</summary>
    public string? Closed { get; private set; }

    /// <summary>Whether received bytes are never released: the link's own back-pressure.</summary>
    public bool NeverReleases { get; set; }

    /// <summary>Called when the session has begun.</summary>
    public Action? OnStarted { get; set; }

    public Instant Now => simulation.Now;

    public bool IsReady => _cipher is not null;

    public void Begin(Action<HostileLink> opened)
    {
        opened(this);
        link.Attach(this);
        Tick();
    }

    /// <summary>Bytes on the link, sealed by nobody.</summary>
    public void SendRaw(ReadOnlySpan<byte> bytes) => link.TrySend(bytes);

    /// <summary>Begins the handshake, as who it says it is; with any Hello.</summary>
    public void ShakeHands(KeyPair identity, PeerId remote, byte[]? hello = null)
    {
        _handshake = role == LinkRole.Initiator
            ? CipherHandshake.Initiator(identity, remote, prologue, simulation.Random)
            : CipherHandshake.Responder(identity, remote, prologue, simulation.Random);
        UsesOddIds = identity.Id > remote;
        Hello = hello;
        if (role == LinkRole.Initiator)
        {
            SendHello();
        }
    }

    /// <summary>A sealed message with any content where items of a session belong.</summary>
    public void SendSealed(ReadOnlySpan<byte> plaintext)
    {
        var written = _cipher!.Seal(plaintext, _scratch);
        link.TrySend(_scratch.AsSpan(0, written));
    }

    /// <summary>A frame of the session with any content where the multiplexer's bytes belong.</summary>
    public void SendFrame(ReadOnlySpan<byte> frame)
    {
        _session.TryWrite(Now, frame);
        Turn();
    }

    /// <summary>Moves everything that can move.</summary>
    public void Turn()
    {
        if (_cipher is null)
        {
            return;
        }

        while (_session.TryPollEvent(out var e))
        {
            switch (e.Kind)
            {
                case SessionEventKind.Started:
                    Mux = new MuxEngine(
                        new MuxOptions { Limits = MuxLimits.Default with { LocalSubstreams = 100_000, OpenBurst = 100_000, PendingControlFrames = 100_000 } },
                        UsesOddIds);
                    OnStarted?.Invoke();
                    break;
                case SessionEventKind.Frame:
                    using (e.Frame)
                    {
                        Mux?.HandleFrame(Now, e.Frame.Span);
                    }

                    break;
                case SessionEventKind.Ended:
                    Ended = e.Code;
                    break;
                default:
                    break;
            }
        }

        while (Mux is not null && Mux.TryPollEvent(out var e))
        {
            Events.Add(e);
        }

        while (Mux is not null && Ended is null && Mux.TryPollTransmit(Now, _message, out var bytes) && _session.TryWrite(Now, _message.AsSpan(0, bytes)))
        {
        }

        while (_session.TryPollTransmit(Now, _message, out var written, out _))
        {
            SendSealed(_message.AsSpan(0, written));
            _session.LinkTook(Now, _id, written);
        }
    }

    public void Dispose()
    {
        _session.Dispose();
        _handshake?.Dispose();
        _cipher?.Dispose();
        Mux?.Dispose();
    }

    void IMessageLinkSink.OnMessages(MessageBatch batch)
    {
        using (batch)
        {
            for (var i = 0; i < batch.Count; i++)
            {
                Receive(batch[i]);
            }

            if (!NeverReleases)
            {
                link.ReleaseReceived(batch.TotalBytes);
            }
        }

        Turn();
    }

    void IMessageLinkSink.OnWritable() => Turn();

    void IMessageLinkSink.OnClosed(string reason) => Closed = reason;

    private bool UsesOddIds { get; set; }

    private byte[]? Hello { get; set; }

    private void Receive(ReadOnlySpan<byte> message)
    {
        var payload = new byte[IMessageLink.MaxMessageBytes];
        if (_cipher is not null)
        {
            if (_cipher.TryOpen(message, payload, out var bytes))
            {
                _session.MessageReceived(Now, _id, payload.AsSpan(0, bytes));
            }

            return;
        }

        if (_handshake is null || !_handshake.TryReadMessage(message, payload, out var length, out _))
        {
            return;
        }

        if (role == LinkRole.Responder)
        {
            SendHello();
        }

        _cipher = _handshake.Split();
        _session.LinkOpened(Now, _id, payload.AsSpan(0, length));
        Turn();
    }

    private void SendHello()
    {
        var own = _session.LinkStarting(Now, _id, role);
        var written = _handshake!.WriteMessage(Hello ?? own, _scratch);
        link.TrySend(_scratch.AsSpan(0, written));
    }

    private void Tick()
    {
        if (Closed is null)
        {
            _session.HandleTimeout(Now);
            Mux?.HandleTimeout(Now);
            Turn();
            simulation.Schedule(_tick, Tick);
        }
    }
}

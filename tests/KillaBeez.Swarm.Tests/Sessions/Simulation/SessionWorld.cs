using KillaBeez.Swarm.Sessions;

namespace KillaBeez.Swarm.Tests.Sessions;

/// <summary>What a schedule found wrong.</summary>
internal sealed class SessionFailure(string message) : Exception(message);

/// <summary>
/// Two engines and the links between them under virtual time. Every operation ends with the safety properties
/// P1 to P5 and P8 of the session design checked; a breach throws <see cref="SessionFailure"/>.
/// </summary>
internal sealed class SessionWorld
{
    private readonly byte[] _buffer = new byte[SessionLimits.MaxMessageBytes];
    private readonly List<SimLink> _links = [];
    private readonly byte[]?[] _recorded = [null, null];
    private long _lastLink;

    public SessionWorld(ulong seed, SessionOptions? first = null, SessionOptions? second = null)
    {
        var random = new SeededRandomSource(seed);
        Nodes =
        [
            new SimNode(0, first ?? new SessionOptions(), random.Fork()),
            new SimNode(1, second ?? first ?? new SessionOptions(), random.Fork()),
        ];
    }

    public SimNode[] Nodes { get; }

    public Instant Now { get; private set; } = new(1_000_000);

    public IReadOnlyList<SimLink> Links => _links;

    /// <summary>What happened, for the message of a failure.</summary>
    public List<string> Trace { get; } = [];

    public bool TakesTrace { get; init; }

    public int MessagesDelivered { get; private set; }

    public long BytesDelivered { get; private set; }

    /// <summary>Bytes of transport messages without a frame.</summary>
    public long ControlBytesDelivered { get; private set; }

    /// <summary>Whether links either work or are found dead long before a resume window ends: then nobody is without progress.</summary>
    public bool ExpectsProgress { get; init; }

    /// <summary>Node begins a link; null where its engine refuses.</summary>
    public SimLink? Dial(int node)
    {
        var link = new SimLink(++_lastLink, node);
        var hello = Nodes[node].Engine.LinkStarting(Now, link.Id, LinkRole.Initiator);
        Note($"node {node} dials {link.Id}");
        Nodes[node].WantsLink = false;
        if (hello.Length == 0)
        {
            return null;
        }

        _links.Add(link);
        _recorded[node] ??= hello;
        link.To(1 - node).Enqueue(new SimMessage(SimMessageKind.Handshake1, hello));
        Pump(node);
        return link;
    }

    /// <summary>Somebody sends the first recorded message 1 of a node again.</summary>
    public SimLink? Replay(int node)
    {
        if (_recorded[node] is not { } hello)
        {
            return null;
        }

        var link = new SimLink(++_lastLink, node) { IsReplay = true };
        link.CloseAt(node);
        _links.Add(link);
        link.To(1 - node).Enqueue(new SimMessage(SimMessageKind.Handshake1, hello));
        Note($"message 1 of node {node} is replayed as {link.Id}");
        return link;
    }

    /// <summary>The next message in flight to a node is read there.</summary>
    public bool Deliver(SimLink link, int to)
    {
        if (link.IsClosedAt(to) || link.Frozen[to] || !link.To(to).TryDequeue(out var message))
        {
            return false;
        }

        Note($"node {to} reads {message.Kind} on {link.Id}");
        var engine = Nodes[to].Engine;
        switch (message.Kind)
        {
            case SimMessageKind.Handshake1:
                Answer(link, to, message.Bytes);
                break;
            case SimMessageKind.Handshake2:
                engine.LinkOpened(Now, link.Id, message.Bytes);
                if (!Nodes[to].Options.Rules.HelloIsFixedEarly && engine.OwnHelloOf(link.Id) is { } late)
                {
                    Push(link, to, new SimMessage(SimMessageKind.LateHello, late.ToBytes()));
                }

                break;
            case SimMessageKind.LateHello:
                engine.LinkOpened(Now, link.Id, message.Bytes);
                break;
            default:
                Count(message.Bytes);
                engine.MessageReceived(Now, link.Id, message.Bytes);
                break;
        }

        Pump(to);
        if (message.Kind == SimMessageKind.Transport)
        {
            Nodes[1 - to].Engine.LinkTook(Now, link.Id, message.Bytes.Length);
            Pump(1 - to);
        }

        return true;
    }

    public void DeliverAll(SimLink link)
    {
        while (Deliver(link, 0) | Deliver(link, 1))
        {
        }
    }

    /// <summary>Delivers everything that is in flight, and what that brings about.</summary>
    public void Settle()
    {
        bool any;
        do
        {
            any = false;
            foreach (var link in _links.ToArray())
            {
                any |= Deliver(link, 0) | Deliver(link, 1);
            }
        }
        while (any);
    }

    /// <summary>From now on the link carries nothing; nobody is told.</summary>
    public void Kill(SimLink link)
    {
        Note($"{link.Id} is killed");
        link.IsDead = true;
    }

    /// <summary>One end learns that the link is over; what it has not read is lost to it.</summary>
    public void Notice(SimLink link, int node)
    {
        Note($"node {node} notices that {link.Id} is over");
        link.CloseAt(node);
        Nodes[node].Engine.LinkClosed(Now, link.Id);
        Pump(node);
    }

    public void KillAndNotice(SimLink link)
    {
        Kill(link);
        Notice(link, 0);
        Notice(link, 1);
    }

    public void Use(int node, SimLink link)
    {
        Note($"node {node} sends on {link.Id}");
        Nodes[node].Engine.Use(Now, link.Id);
        Pump(node);
    }

    public void Leave(int node, SimLink link)
    {
        Note($"node {node} leaves {link.Id}");
        Nodes[node].Engine.Leave(Now, link.Id, LinkByeReason.Idle);
        Pump(node);
    }

    public bool Write(int node, int length = 100)
    {
        var ok = Nodes[node].TryWrite(Now, length);
        Note($"node {node} writes {length} bytes: {ok}");
        Pump(node);
        return ok;
    }

    public void Close(int node)
    {
        Note($"node {node} closes");
        Nodes[node].Engine.Close(Now);
        Pump(node);
    }

    public void Abort(int node)
    {
        Note($"node {node} aborts");
        if (Nodes[node].Engine.Current is not null)
        {
            Nodes[node].Engine.Abort(Now, SessionEndCode.Aborted);
        }

        Pump(node);
    }

    /// <summary>A node starts anew without memory. Its ends of all links are gone; the peer is not told.</summary>
    public void Restart(int node)
    {
        Note($"node {node} restarts");
        foreach (var link in _links)
        {
            link.IsDead = true;
            link.CloseAt(node);
        }

        Nodes[node].Restart(Now);
        Pump(node);
    }

    /// <summary>Time passes, with every timeout on the way handled.</summary>
    public void Advance(TimeSpan by)
    {
        var end = Now + by;
        for (var turns = 0; ; turns++)
        {
            var next = Instant.Min(Nodes[0].Engine.NextTimeout, Nodes[1].Engine.NextTimeout);
            if (next > end)
            {
                break;
            }

            if (turns > 100_000)
            {
                throw new SessionFailure("A timeout that is due does not go away.");
            }

            Now = Instant.Max(Now, next);
            foreach (var node in Nodes)
            {
                node.Engine.HandleTimeout(Now);
                Pump(node.Index);
            }
        }

        Now = end;
    }

    public void Note(string what)
    {
        if (TakesTrace)
        {
            Trace.Add($"{Now}: {what}");
        }
    }

    /// <summary>Takes out what the engine has to say, after any call to it.</summary>
    public void Pump(int index)
    {
        var node = Nodes[index];
        bool any;
        do
        {
            any = false;
            while (node.Engine.TryPollTransmit(Now, _buffer, out var written, out var id))
            {
                any = true;
                if (Find(id) is { } link)
                {
                    Push(link, index, new SimMessage(SimMessageKind.Transport, _buffer.AsSpan(0, written).ToArray()));
                }
            }

            while (node.Engine.TryPollEvent(out var e))
            {
                any = true;
                Observe(node, e);
            }
        }
        while (any);

        _links.RemoveAll(l => l.IsOver);
        CheckState();
    }

    private void Count(byte[] message)
    {
        MessagesDelivered++;
        BytesDelivered += message.Length;
        var reader = new SessionItemReader(message);
        var hasFrame = false;
        while (reader.TryRead(out var item))
        {
            hasFrame |= item.Kind == SessionItemKind.Data;
        }

        ControlBytesDelivered += hasFrame ? 0 : message.Length;
    }

    private void Answer(SimLink link, int to, byte[] peerHello)
    {
        var engine = Nodes[to].Engine;
        var hello = engine.LinkStarting(Now, link.Id, LinkRole.Responder);
        if (hello.Length == 0)
        {
            Note($"node {to} ignores message 1");
            link.CloseAt(to);
            return;
        }

        Push(link, to, new SimMessage(SimMessageKind.Handshake2, hello));
        if (Nodes[to].Options.Rules.HelloIsFixedEarly)
        {
            engine.LinkOpened(Now, link.Id, peerHello);
        }
    }

    private static void Push(SimLink link, int from, SimMessage message)
    {
        if (!link.IsDead && !link.IsClosedAt(1 - from))
        {
            link.To(1 - from).Enqueue(message);
        }
    }

    private SimLink? Find(LinkId id) => _links.Find(l => l.Id == id);

    private void Observe(SimNode node, in SessionEvent e)
    {
        if (e.Kind != SessionEventKind.Frame)
        {
            Note($"node {node.Index}: {e.Kind} {e.Session} {(e.Kind is SessionEventKind.CloseLink or SessionEventKind.LinkAttached ? e.Link : null)} {(e.Kind == SessionEventKind.CloseLink ? e.CloseReason : null)} {(e.Kind == SessionEventKind.Ended ? e.Code : null)}");
            if (TakesTrace)
            {
                node.Events.Add(e);
            }
        }

        switch (e.Kind)
        {
            case SessionEventKind.Started:
                Require(node.Current is null, "P5: Started while a session is held");
                Require(!node.Ended.ContainsKey(e.Session), "a session that ended began again (R1)");
                node.Current = e.Session;
                node.Delivered = 0;
                node.IsPeerClosing = false;
                break;
            case SessionEventKind.Frame:
                ObserveFrame(node, e);
                break;
            case SessionEventKind.PeerClosing:
                Require(node.Current == e.Session, "P5: FIN of another session");
                Require(node.Delivered == WrittenBy(1 - node.Index, e.Session.Mirrored).Count, "FIN before the last frame");
                node.IsPeerClosing = true;
                break;
            case SessionEventKind.Ended:
                ObserveEnd(node, e);
                break;
            case SessionEventKind.CloseLink:
                Find(e.Link)?.CloseAt(node.Index);
                break;
            case SessionEventKind.NeedLink:
                node.WantsLink = true;
                break;
            default:
                break;
        }
    }

    private void ObserveFrame(SimNode node, in SessionEvent e)
    {
        Require(node.Current == e.Session, "P5: a frame of another session");
        var written = WrittenBy(1 - node.Index, e.Session.Mirrored);
        var number = node.Delivered++;
        Require(number < written.Count, "P1: a frame that was not written");
        Require(e.Frame.Length == written[number], "P1: a frame of another length");
        Span<byte> expected = e.Frame.Length <= 256 ? stackalloc byte[e.Frame.Length] : new byte[e.Frame.Length];
        SimNode.Fill(expected, e.Session.Mirrored, number);
        Require(e.Frame.Span[..Math.Min(24, e.Frame.Length)].SequenceEqual(expected[..Math.Min(24, e.Frame.Length)]), $"P1: not frame {number}");
        Require(e.Frame.Span[^1] == expected[^1], $"P1: the end of frame {number}");
        e.Frame.Dispose();
    }

    private void ObserveEnd(SimNode node, in SessionEvent e)
    {
        Require(node.Current == e.Session, "P5: Ended twice, or of another session");
        node.Current = null;
        node.LastEnded = e.Session;
        node.Ended[e.Session] = (e.Code, Now, node.Delivered);
        var peer = Nodes[1 - node.Index];
        var mirrored = e.Session.Mirrored;
        Require(e.Code != SessionEndCode.ProtocolViolation, $"an honest peer was accused of {e.Violation}");
        Require(e.Code != SessionEndCode.NoProgress || !ExpectsProgress, "P6: frames were never acknowledged");
        if (e.Code == SessionEndCode.Closed)
        {
            Require(node.Delivered == WrittenBy(1 - node.Index, mirrored).Count, "Closed here without all frames");
            Require((int)e.FramesConfirmed == WrittenBy(node.Index, e.Session).Count, "Closed here without all acknowledged");
        }

        var peerEnd = peer.Ended.TryGetValue(mirrored, out var known) ? known : default;
        var isNamed = peer.LastEnded == mirrored && Now - peerEnd.At < peer.Options.TombstoneTime;
        if (e.Code == SessionEndCode.PeerForgot)
        {
            Require(peer.Engine.Current != mirrored, "P8: a session was given up while the peer holds it");

            // A side names one tombstone: the last. And a session that only one side ever held leaves none.
            Require(peer.Life + node.Life > 0 || peerEnd.At == default || !isNamed, "P8: PeerForgot although a tombstone names it");
        }

        // Expired needs no news of the peer; every other end had its Hello or its END.
        if (isNamed && peerEnd.Code == SessionEndCode.Closed && peer.Life == 0
            && e.Code is not (SessionEndCode.Closed or SessionEndCode.Expired or SessionEndCode.Aborted or SessionEndCode.NoProgress))
        {
            Require(false, $"closed in order there, {e.Code} here");
        }
    }

    private List<int> WrittenBy(int node, SessionPair session) =>
        Nodes[node].Written.TryGetValue(session, out var lengths) ? lengths : [];

    private void CheckState()
    {
        foreach (var node in Nodes)
        {
            var engine = node.Engine;
            Require(engine.Current == node.Current, "Started and Ended do not tell what the engine holds");
            if (engine.CurrentSession is not { } session)
            {
                Require(engine.BufferedBytes == 0, "P4: buffers of an ended session");
                Require(engine.Links.All(l => !l.IsOpen), "P4: links of an ended session");
                continue;
            }

            var sender = session.Sender;
            Require(sender.ChargedBytes <= sender.BudgetBytes + SessionLimits.MaxFrameBytes + (2 * SessionLimits.FrameOverheadBytes), "P3: the replay budget");
            Require(sender.Base <= sender.Top && sender.Top <= sender.End, "base <= top <= end");
            Require(session.IsWaiting == engine.Links.All(l => !l.IsOpen), "Waiting is having no open link");
            Require(sender.Link is null || engine.Links.Contains(sender.Link), "the sending link is an open one");
            if (Nodes[1 - node.Index].Engine.CurrentSession is { } peer && peer.Pair == session.Pair.Mirrored)
            {
                Require(sender.Base <= peer.Receiver.Expected, "P2: base <= expected");
                Require(peer.Receiver.Expected <= sender.Top, "P2: expected <= top");
            }
        }
    }

    private static void Require(bool condition, string what)
    {
        if (!condition)
        {
            throw new SessionFailure(what);
        }
    }
}

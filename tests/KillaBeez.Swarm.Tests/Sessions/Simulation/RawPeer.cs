using KillaBeez.Swarm.Sessions;

namespace KillaBeez.Swarm.Tests.Sessions;

/// <summary>A peer that writes whatever bytes the test says, against one engine.</summary>
internal sealed class RawPeer(SessionOptions? options = null) : IDisposable
{
    private readonly byte[] _buffer = new byte[SessionLimits.MaxMessageBytes];
    private long _lastLink;

    public SessionEngine Engine { get; } = new(options ?? new SessionOptions(), new SeededRandomSource(1));

    public Instant Now { get; set; } = new(1_000_000);

    /// <summary>The tag that the raw peer offers next.</summary>
    public SessionTag Spare { get; set; } = new(0xAAAA);

    public List<SessionEvent> Events { get; } = [];

    /// <summary>What the engine sent, in hex, with its link.</summary>
    public List<(LinkId Link, string Hex)> Sent { get; } = [];

    public SessionHello Hello => new() { Spare = Spare, ReplayBudgetLog2 = 23 };

    /// <summary>The engine's Hello of the last link.</summary>
    public SessionHello? EngineHello { get; private set; }

    /// <summary>A link that the raw peer dials; unproven until it sends something. Default where it is refused.</summary>
    public LinkId Dial(byte[] hello)
    {
        var link = new LinkId(++_lastLink);
        var answer = Engine.LinkStarting(Now, link, LinkRole.Responder);
        if (answer.Length == 0)
        {
            return default;
        }

        Assert.True(SessionHello.TryParse(answer, out var parsed, out _));
        EngineHello = parsed;
        Engine.LinkOpened(Now, link, hello);
        Drain();
        return link;
    }

    public LinkId Dial() => Dial(Hello.ToBytes());

    /// <summary>A link whose session the raw peer accepts with an ACK of 0.</summary>
    public LinkId Connect()
    {
        var link = Dial();
        Send(link, "0300");
        return link;
    }

    /// <summary>A link that the engine dials and the raw peer answers.</summary>
    public LinkId Answer(byte[] hello)
    {
        var link = new LinkId(++_lastLink);
        Assert.True(SessionHello.TryParse(Engine.LinkStarting(Now, link, LinkRole.Initiator), out var parsed, out _));
        EngineHello = parsed;
        Engine.LinkOpened(Now, link, hello);
        Drain();
        return link;
    }

    public void Send(LinkId link, string hex)
    {
        Engine.MessageReceived(Now, link, Convert.FromHexString(hex));
        Drain();
    }

    public void Advance(TimeSpan by)
    {
        var end = Now + by;
        while (Engine.NextTimeout is var next && next <= end)
        {
            Now = Instant.Max(Now, next);
            Engine.HandleTimeout(Now);
            Drain();
        }

        Now = end;
    }

    /// <summary>Time passes while the raw peer keeps its links alive with PONGs.</summary>
    public void AdvanceAlive(TimeSpan by, params LinkId[] links)
    {
        for (var passed = TimeSpan.Zero; passed < by; passed += TimeSpan.FromSeconds(1))
        {
            Advance(TimeSpan.FromSeconds(1));
            foreach (var link in links)
            {
                Send(link, "070000000000000000");
            }
        }
    }

    public void Drain()
    {
        bool any;
        do
        {
            any = false;
            while (Engine.TryPollTransmit(Now, _buffer, out var written, out var link))
            {
                any = true;
                Sent.Add((link, Convert.ToHexString(_buffer.AsSpan(0, written))));
            }

            while (Engine.TryPollEvent(out var e))
            {
                any = true;
                Events.Add(e);
            }
        }
        while (any);
    }

    public SessionEvent Ended => Events.Single(e => e.Kind == SessionEventKind.Ended);

    public LinkCloseReason? ReasonOf(LinkId link)
    {
        var closed = Events.Where(e => e.Kind == SessionEventKind.CloseLink && e.Link == link).ToArray();
        return closed.Length == 0 ? null : Assert.Single(closed).CloseReason;
    }

    public int CountOf(SessionEventKind kind) => Events.Count(e => e.Kind == kind);

    public void Dispose() => Engine.Dispose();
}

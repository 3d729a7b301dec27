using System.Net;
using System.Security.Cryptography;
using KillaBeez.WebRtc.DataChannels;
using KillaBeez.WebRtc.Dtls;
using KillaBeez.WebRtc.Ice;
using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez.WebRtc.Tests.PeerConnections;

/// <summary>One engine in the emulated network, and what has happened to it.</summary>
internal sealed class EngineNode
{
    private readonly byte[] _certificate;

    public EngineNode(string name, string address, SeededRandomSource random, PeerConnectionEngineOptions? options = null, DtlsContext? dtls = null)
    {
        Name = name;
        Address = TransportAddress.From(IPEndPoint.Parse(address));
        _certificate = System.Text.Encoding.UTF8.GetBytes($"certificate of {name}");
        Dtls = new FakeDtlsEngine(_certificate);
        Engine = new PeerConnectionEngine(
            (options ?? new PeerConnectionEngineOptions { LocalFingerprint = default, CreateDtls = null! }) with
            {
                LocalFingerprint = dtls?.Certificate.Sha256 ?? SHA256.HashData(_certificate),
                CreateDtls = dtls is null ? () => Dtls : dtls.CreateEngine,
            },
            random);
        Engine.AddLocalCandidate(Instant.Zero, IceCandidate.Host(Address));
        Engine.EndLocalCandidates();
    }

    public string Name { get; }

    public TransportAddress Address { get; }

    public FakeDtlsEngine Dtls { get; }

    public PeerConnectionEngine Engine { get; }

    public List<PeerConnectionState> States { get; } = [];

    public List<DataChannelEvent> ChannelEvents { get; } = [];

    public List<string> Candidates { get; } = [];

    /// <summary>Sees each message; the payload is given back afterwards.</summary>
    public Action<Instant, DataChannelEvent>? MessageReceived { get; set; }

    /// <summary>Runs after each step, for senders.</summary>
    public Action<Instant>? Stepped { get; set; }

    public IEnumerable<ChannelHandle> Opened => ChannelEvents.Where(e => e.Kind == DataChannelEventKind.ChannelOpened).Select(e => e.Channel);

    public void DrainEvents(Instant now)
    {
        while (Engine.TryPollEvent(out var e))
        {
            if (e.Kind == PeerConnectionEventKind.StateChanged)
            {
                States.Add(e.State);
            }
            else if (e.Kind == PeerConnectionEventKind.LocalCandidate)
            {
                Candidates.Add(e.Candidate!);
            }
        }

        while (Engine.TryPollChannelEvent(now, out var e))
        {
            if (e.Kind == DataChannelEventKind.Message)
            {
                MessageReceived?.Invoke(now, e);
                Engine.Channels.ReleaseReceived(now, e.Payload.Length);
                e.Payload.Dispose();
            }
            else
            {
                ChannelEvents.Add(e);
            }
        }
    }
}

/// <summary>Two engines, two paths and a virtual clock.</summary>
internal sealed class EnginePair : IDisposable
{
    private readonly byte[] _buffer = new byte[2048];

    public EnginePair(ulong seed, PathConditions conditions, PeerConnectionEngineOptions? options = null, DtlsContext? dtls = null)
    {
        var random = new SeededRandomSource(seed);
        A = new EngineNode("A", "192.0.2.1:5001", random.Fork(), options, dtls);
        B = new EngineNode("B", "192.0.2.2:5002", random.Fork(), options, dtls);
        AToB = new EmulatedPath(conditions, random.Fork());
        BToA = new EmulatedPath(conditions, random.Fork());
    }

    public EngineNode A { get; }

    public EngineNode B { get; }

    public EmulatedPath AToB { get; }

    public EmulatedPath BToA { get; }

    public Instant Now { get; private set; }

    /// <summary>Offer and answer, as if signalling took no time.</summary>
    public void Negotiate()
    {
        var offer = A.Engine.CreateOffer(Now);
        A.Engine.SetLocalDescription(Now, offer);
        Assert.True(B.Engine.TrySetRemoteDescription(Now, offer, out var error), error);
        var answer = B.Engine.CreateAnswer(Now);
        B.Engine.SetLocalDescription(Now, answer);
        Assert.True(A.Engine.TrySetRemoteDescription(Now, answer, out error), error);
    }

    /// <summary>Runs until the condition holds; false where the virtual time is over first, or nothing can happen any more.</summary>
    public bool RunUntil(Func<bool> condition, double virtualSeconds)
    {
        var end = Now.AddMs(virtualSeconds * 1000);
        Step();
        while (!condition())
        {
            var next = Instant.Min(
                Instant.Min(AToB.NextArrival, BToA.NextArrival), Instant.Min(A.Engine.NextTimeout, B.Engine.NextTimeout));
            if (next > end)
            {
                return false;
            }

            Now = Instant.Max(Now, next);
            Step();
        }

        return true;
    }

    public void Dispose()
    {
        A.Engine.Dispose();
        B.Engine.Dispose();
    }

    private void Step()
    {
        Receive(AToB, B, A.Address);
        Receive(BToA, A, B.Address);
        Serve(A, AToB, B.Address);
        Serve(B, BToA, A.Address);
    }

    private void Receive(EmulatedPath path, EngineNode to, TransportAddress from)
    {
        while (path.TryReceive(Now, out var datagram))
        {
            using (datagram)
            {
                to.Engine.HandleDatagram(Now, new NetworkPath(to.Address, from), datagram.Span);
            }
        }
    }

    private void Serve(EngineNode node, EmulatedPath path, TransportAddress peer)
    {
        if (node.Engine.NextTimeout <= Now)
        {
            node.Engine.HandleTimeout(Now);
        }

        node.DrainEvents(Now);
        node.Stepped?.Invoke(Now);
        node.Engine.EndReceiveBatch(Now);
        while (node.Engine.TryPollTransmit(Now, _buffer, out var written, out var way))
        {
            if (way.Remote == peer)
            {
                path.Send(Now, _buffer.AsSpan(0, written));
            }
        }

        node.DrainEvents(Now);
    }
}

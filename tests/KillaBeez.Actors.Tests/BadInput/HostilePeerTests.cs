using System.Buffers.Binary;
using KillaBeez.Actors.Tests.Worlds;
using KillaBeez.Swarm.Multiplexing;
using KillaBeez.Swarm.Sessions;

namespace KillaBeez.Actors.Tests.BadInput;

/// <summary>
/// A peer with a valid key that breaks the rules, layer by layer. Whatever it does costs nobody else anything, and
/// no actor of the victim's throws.
/// </summary>
public sealed class HostilePeerTests : IDisposable
{
    private readonly World _world = new(7);
    private readonly KeyPair _key = KeyPair.Generate(new SeededRandomSource(1234));
    private readonly List<HostileLink> _links = [];
    private readonly List<string> _failures = [];
    private readonly SimulatedNode _victim;
    private readonly SimulatedNode _friend;
    private readonly SimulatedNode _hostile;
    private readonly Peer _friendAtVictim;
    private Action<HostileLink> _misbehave = static _ => { };
    private bool _expectsStart;
    private int _started;

    public HostilePeerTests()
    {
        (_victim, _friend) = (_world.Swarm.AddNode(), _world.Swarm.AddNode());
        (_friendAtVictim, _) = _world.Connect(_victim, _friend);
        _hostile = _world.Swarm.AddNode(
            new SwarmOptions { KeyPair = _key },
            transport => new HostileTransport(transport, _world.Swarm.Simulation, link =>
            {
                _links.Add(link);
                _misbehave(link);
            }));
        _world.Swarm.Simulation.FailureObserver = failure => _failures.Add($"{failure.Actor}: {failure.Cause}");
        _world.RunFor(1);
    }

    public void Dispose()
    {
        _links.ForEach(link => link.Dispose());
        _world.Dispose();
        _key.Dispose();
    }

    [Fact]
    public void WrongNoiseKey_FailsTheLinkOnly()
    {
        using var other = KeyPair.Generate(new SeededRandomSource(5));
        Attack(link => link.ShakeHands(other, _victim.Id));
        Assert.Empty(_victim.PeerIds.Except([_friend.Id]));
        Assert.All(_links, link => Assert.NotNull(link.Closed));
        AssertNobodyElseIsHarmed();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(95)]
    [InlineData(200)]
    [InlineData(65_535)]
    public void GarbageInsteadOfAHandshake_FailsTheLinkOnly(int length)
    {
        Attack(link =>
        {
            link.SendRaw(PipeHelper.Content(3, length));
            link.SendRaw(PipeHelper.Content(4, length));
        });
        Assert.All(_links, link => Assert.NotNull(link.Closed));
        AssertNobodyElseIsHarmed();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(11)]
    [InlineData(61)]
    [InlineData(256)]
    public void GarbageHello_FailsTheLinkOnly(int length)
    {
        Attack(link => link.ShakeHands(_key, _victim.Id, PipeHelper.Content(3, length)));
        AssertNobodyElseIsHarmed();
    }

    [Fact]
    public void MessagesAfterTheHandshakeThatNobodySealed_EndTheLink()
    {
        Attack(Honest(link => link.SendRaw(PipeHelper.Content(3, 500))));
        Assert.Contains(_links, link => link.Closed is not null);
        AssertNobodyElseIsHarmed();
    }

    [Fact]
    public void GarbageItems_EndTheSessionWithACode()
    {
        for (ulong seed = 0; seed < 30; seed++)
        {
            var content = PipeHelper.Content(seed, 40);
            content[0] = (byte)(seed % 12);
            Attack(Honest(link => link.SendSealed(content)));
        }

        AssertNobodyElseIsHarmed();
    }

    [Fact]
    public void GarbageFrames_EndTheSessionWithACode()
    {
        Attack(Honest(link =>
        {
            for (ulong seed = 0; seed < 20; seed++)
            {
                link.SendFrame(PipeHelper.Content(seed, 3000));
            }
        }));
        Assert.Contains(_links, link => link.Ended == SessionEndCode.ProtocolViolation);
        AssertNobodyElseIsHarmed();
    }

    [Fact]
    public void TenThousandSubstreams_AreLimitedAndLeaveNothing()
    {
        var offered = 0;
        _victim.Node.SubstreamOpened += (_, _) => offered++;
        Attack(Honest(link =>
        {
            for (var i = 0; i < 10_000; i++)
            {
                link.Mux!.Open(link.Now, $"flood-{i}", []);
            }

            link.Turn();
        }));
        var most = MuxLimits.Default.RemoteSubstreams;
        Assert.InRange(offered, 1, 10_000);
        Assert.InRange(ActorTree.ChildrenOf(_victim, _key.Id, "sub-").Count, 0, most);
        AssertNobodyElseIsHarmed();

        _hostile.Kill();
        _world.Until(() => !_victim.PeerIds.Contains(_key.Id), "the flooder is gone");
        _world.RunFor(1);
        Assert.Empty(ActorTree.Below(_victim, "/sub-"));
    }

    [Fact]
    public void PeerThatNeverReads_CostsBoundedMemoryAndNobodyElse()
    {
        Attack(Honest(_ => { }));
        var peer = _victim.Node.Peers.Single(p => p.Id == _key.Id);

        // It accepts a substream, then reads neither it nor, later, the link.
        Task<Substream>? opening = null;
        _world.Swarm.Simulation.Post(() => opening = peer.OpenAsync("unread"));
        _world.Until(() => _links[^1].Events.Exists(e => e.Kind == MuxEventKind.RemoteOpened && e.Text == "unread"), "it is offered", World.Soon);
        var link = _links[^1];
        link.Mux!.Accept(link.Now, link.Events.Find(e => e.Kind == MuxEventKind.RemoteOpened && e.Text == "unread").Id);
        var substream = _world.Run(() => opening!);
        link.NeverReleases = true;
        long written = 0;
        _world.Swarm.Simulation.Post(() => _ = WriteAsync());
        _world.RunFor(30);
        Assert.InRange(written, 1, 1024 * 1024);
        AssertNobodyElseIsHarmed();

        async Task WriteAsync()
        {
            try
            {
                while (true)
                {
                    await substream.Output.WriteAsync(new byte[16_384]);
                    written += 16_384;
                }
            }
            catch (KillaBeezException)
            {
                // The victim has lost patience.
            }
        }
    }

    [Theory]
    [InlineData("gossip")]
    [InlineData("signal")]
    public void GarbageOnTheSwarmsOwnSubstreams_IsDroppedOrEndsTheSession(string type)
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            var length = seed % 3 == 0 ? 60_000 : 500;
            Attack(Honest(link => WriteControl(link, type, Framed(type, PipeHelper.Content(seed, length)))));
        }

        AssertNobodyElseIsHarmed();
    }

    [Fact]
    public void GossipMessageOfTooGreatLength_EndsTheSession()
    {
        Attack(Honest(link => WriteControl(link, "gossip", [0x7F, 0xFF, 0xFF, 0xFF, 1, 2, 3])));
        Assert.Contains(_links, link => link.Ended == SessionEndCode.ProtocolViolation);
        AssertNobodyElseIsHarmed();
    }

    [Fact]
    public void FloodOfGossip_IsHeldBackByCredit()
    {
        var content = new byte[8000];
        Attack(Honest(link =>
        {
            var written = 0;
            _world.Swarm.Simulation.Schedule(TimeSpan.FromSeconds(2), () => Flood(link, () => written < 5000, () => written++));
        }));
        _world.RunFor(20);
        AssertNobodyElseIsHarmed();

        void Flood(HostileLink link, Func<bool> goesOn, Action wrote)
        {
            while (goesOn() && link.Ended is null && WriteControl(link, "gossip", Framed("gossip", content)))
            {
                wrote();
            }

            if (goesOn() && link.Ended is null && link.Closed is null)
            {
                _world.Swarm.Simulation.Schedule(TimeSpan.FromMilliseconds(20), () => Flood(link, goesOn, wrote));
            }
        }
    }

    private static byte[] Framed(string type, byte[] message)
    {
        if (type != "gossip")
        {
            return message;
        }

        var framed = new byte[4 + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(framed, message.Length);
        message.CopyTo(framed, 4);
        return framed;
    }

    /// <summary>Writes to one of the swarm's own substreams, which the larger key opens; false where it takes no more.</summary>
    private bool WriteControl(HostileLink link, string type, byte[] content)
    {
        if (!_controls.TryGetValue((link, type), out var id))
        {
            if (_key.Id > _victim.Id)
            {
                id = link.Mux!.Open(link.Now, type, []);
            }
            else
            {
                var opened = link.Events.Find(e => e.Kind == MuxEventKind.RemoteOpened && e.Text == type);
                if (opened.Text != type)
                {
                    _world.Swarm.Simulation.Schedule(TimeSpan.FromMilliseconds(50), () => WriteControl(link, type, content));
                    return false;
                }

                id = opened.Id;
                link.Mux!.Accept(link.Now, id);
            }

            _controls.Add((link, type), id);
        }

        var taken = link.Mux!.Write(link.Now, id, content);
        link.Turn();
        if (taken == 0 && link.Ended is null && link.Closed is null && !link.Events.Exists(e => e.Kind == MuxEventKind.Accepted && e.Id == id))
        {
            _world.Swarm.Simulation.Schedule(TimeSpan.FromMilliseconds(50), () => WriteControl(link, type, content));
        }

        return taken == content.Length;
    }

    private readonly Dictionary<(HostileLink, string), SubstreamId> _controls = [];

    /// <summary>An honest handshake, and then this.</summary>
    private Action<HostileLink> Honest(Action<HostileLink> whenStarted) => link =>
    {
        _expectsStart = true;
        link.OnStarted = () =>
        {
            _started++;
            whenStarted(link);
        };
        link.ShakeHands(_key, _victim.Id);
    };

    private void Attack(Action<HostileLink> misbehave)
    {
        _misbehave = misbehave;
        _world.Swarm.Simulation.Post(() => _ = _hostile.CallAsync(_victim.Id).ContinueWith(static t => _ = t.Exception, TaskScheduler.Default));
        _world.RunFor(8);
        Assert.NotEmpty(_links);
    }

    private void AssertNobodyElseIsHarmed()
    {
        Assert.Empty(_failures);
        Assert.True(!_expectsStart || _started > 0, "the attack was never made");
        Assert.True(_friendAtVictim.IsConnected, "another peer was harmed");
        Assert.True(_world.Run(() => _friendAtVictim.PingAsync()) < TimeSpan.FromSeconds(1));
        Assert.InRange(_victim.PendingLinks, 0, 4);
    }
}

using KillaBeez.Actors.Handles;
using KillaBeez.Actors.Tests.Worlds;
using KillaBeez.Messages;

namespace KillaBeez.Actors.Tests.Protocol;

/// <summary>What actors of an application can tell a node, beside what those can do who hold the node itself.</summary>
public sealed class ActorProtocolTests : IDisposable
{
    private readonly World _world = new();
    private readonly SimulatedNode _a;
    private readonly SimulatedNode _b;
    private readonly Inbox _atA;
    private readonly Inbox _atB;

    public ActorProtocolTests()
    {
        _a = _world.Swarm.AddNode(new SwarmOptions { SubstreamBacklog = 3 });
        _b = _world.Swarm.AddNode(new SwarmOptions { SubstreamBacklog = 3 });
        (_atA, _atB) = (new Inbox(_a, _world.Swarm.Simulation), new Inbox(_b, _world.Swarm.Simulation));
        _world.RunFor(1);
    }

    public void Dispose()
    {
        Assert.Equal(0, _world.Swarm.ForeignPosts);
        _world.Dispose();
    }

    [Fact]
    public void Call_OfANode_IsAnsweredWithThePeerThatTheNodeHas()
    {
        Tell(_a, new Call(_b.Id), _atA);
        Await<CallSucceeded>(_atA);

        Assert.Same(_a.Node.Peers.Single(), _atA.Find<CallSucceeded>()!.Peer);
        Assert.Same(_a.Node.Peers.Single(), _world.Run(() => _a.CallAsync(_b.Id)));
    }

    [Fact]
    public void Call_OfNobody_FailsAsTheTaskDoes()
    {
        using var nobody = KeyPair.Generate(new SeededRandomSource(5));
        Tell(_a, new Call(nobody.Id), _atA);
        Await<CallFailed>(_atA);

        var task = _world.Fails(() => _a.CallAsync(nobody.Id));
        Assert.Equal((nobody.Id, task.Error, task.Message), (_atA.Find<CallFailed>()!.Target, _atA.Find<CallFailed>()!.Error, _atA.Find<CallFailed>()!.Reason));
    }

    [Fact]
    public void Call_OfItself_Fails()
    {
        Tell(_a, new Call(_a.Id), _atA);
        Await<CallFailed>(_atA);
    }

    [Fact]
    public void Call_WithATimeout_FailsAtThatVirtualTime()
    {
        _world.Network.Partition([_a.Id], [_b.Id]);
        var begun = _world.Swarm.Now;
        Tell(_a, new Call(_b.Id, TimeSpan.FromSeconds(2)), _atA);
        Await<CallFailed>(_atA);

        Assert.InRange(_world.Swarm.Now - begun, TimeSpan.FromSeconds(1.9), TimeSpan.FromSeconds(2.1));
        Assert.Equal(KillaBeezError.CallTimeout, _atA.Find<CallFailed>()!.Error);
    }

    [Fact]
    public void Subscribe_BeforeAndAfterACall_HasTheStateThenTheChanges()
    {
        Tell(_a, new Subscribe(_atA.Ref), _atA);
        _world.Connect(_a, _b);
        var late = new Inbox(_a, _world.Swarm.Simulation, "late");
        Tell(_a, new Subscribe(late.Ref), late);
        _world.RunFor(1);

        var (first, second) = (Assert.IsType<CurrentSwarmState>(_atA.Received[0]), Assert.IsType<CurrentSwarmState>(late.Received[0]));
        Assert.Equal(_a.Id, first.Self);
        Assert.Empty(first.Peers);
        Assert.True(Assert.Single(first.Exchanges).IsReady);
        Assert.Same(_a.Node.Peers.Single(), Assert.Single(second.Peers));
        Assert.Same(_a.Node.Peers.Single(), _atA.Find<PeerConnectedEvent>()!.Peer);
        Assert.Single(late.Received);

        _b.Kill();
        _world.Until(() => late.Find<PeerDisconnectedEvent>() is not null, "the late one is told");
        _world.RunFor(1);
        Assert.NotNull(_atA.Find<PeerDisconnectedEvent>());
        Assert.NotNull(_atA.Find<PeerStalledEvent>());
    }

    [Fact]
    public void CommandsActor_ThatFails_ForgetsNobody()
    {
        _world.Connect(_a, _b);
        var ending = new Inbox(_b, _world.Swarm.Simulation, "ending");
        Tell(_b, new Listen("chat"), _atB);
        Tell(_b, new Listen("talk"), ending);
        Tell(_b, new Subscribe(_atB.Ref), _atB);
        Tell(_a, new OpenSubstream(_b.Id, "chat"), _atA);
        Await<SubstreamOffered>(_atB);
        foreach (var node in new[] { _a, _b })
        {
            _world.Swarm.Simulation.Do(() => Crash.Commands(node));
        }

        _world.RunFor(0.1);
        _world.Swarm.Simulation.Do(() => ending.Ref.Tell(PoisonPill.Instance));
        _world.Swarm.Simulation.Do(_atB.Find<SubstreamOffered>()!.Accept);
        Await<SubstreamOpened>(_atA);
        Tell(_b, new Listen("talk"), _atB);
        _world.Until(() => _atB.Received.OfType<Listening>().Count() == 2, "the type of the one that ended is free", World.Soon);
        _a.Kill();
        Await<PeerDisconnectedEvent>(_atB);
    }

    [Fact]
    public void Guardian_ThatFails_ForgetsNobody()
    {
        Tell(_b, new Listen("chat"), _atB);
        Tell(_b, new Subscribe(_atB.Ref), _atB);
        _world.RunFor(1);
        Crash.Guardian(_b.Node.Guardian);
        _world.RunFor(1);

        _world.Connect(_a, _b);
        Await<PeerConnectedEvent>(_atB);
        Tell(_a, new OpenSubstream(_b.Id, "chat"), _atA);
        Await<SubstreamOffered>(_atB);
        _world.Swarm.Simulation.Do(_atB.Find<SubstreamOffered>()!.Accept);
        Await<SubstreamOpened>(_atA);
    }

    [Fact]
    public void Unsubscribe_OrTheSubscribersEnd_IsTheLastThatIsTold()
    {
        var ended = new Inbox(_a, _world.Swarm.Simulation, "ended");
        Tell(_a, new Subscribe(_atA.Ref), _atA);
        Tell(_a, new Subscribe(ended.Ref), ended);
        _world.RunFor(1);
        Tell(_a, new Unsubscribe(_atA.Ref), _atA);
        _world.Swarm.Simulation.Do(() => ended.Ref.Tell(PoisonPill.Instance));
        _world.RunFor(1);
        _world.Connect(_a, _b);

        Assert.IsType<CurrentSwarmState>(Assert.Single(_atA.Received));
        Assert.IsType<CurrentSwarmState>(Assert.Single(ended.Received));
    }

    /// <summary>A user's tests may have it on: what carries live objects and keys must come through as it is.</summary>
    [Fact]
    public void Protocol_WhereMessagesAreSerializedForATest_IsAsElsewhere()
    {
        const string hocon = "akka.actor.serialize-messages = on";
        var (a, b) = (_world.Swarm.AddNode(options: null, hocon), _world.Swarm.AddNode(options: null, hocon));
        var (atA, atB) = (new Inbox(a, _world.Swarm.Simulation), new Inbox(b, _world.Swarm.Simulation));
        using var nobody = KeyPair.Generate(new SeededRandomSource(5));
        _world.RunFor(1);
        Tell(a, new Subscribe(atA.Ref), atA);
        Tell(b, new Listen("chat"), atB);
        Tell(b, new Listen("gossip"), atB);
        Tell(a, new Call(nobody.Id), atA);
        Tell(a, new Call(b.Id), atA);
        Tell(a, new OpenSubstream(b.Id, "chat", "hello"u8.ToArray()), atA);
        Tell(a, new OpenSubstream(b.Id, "nobody-listens"), atA);
        Await<SubstreamOffered>(atB);
        var atPeer = _world.Swarm.Simulation.Do(atB.Find<SubstreamOffered>()!.Accept);
        Await<SubstreamOpened>(atA);
        _world.Run(async () => await atA.Find<SubstreamOpened>()!.Substream.Output.WriteAsync("ping"u8.ToArray()));
        Assert.Equal(4, _world.Run(async () => await atPeer.Input.ReadAtLeastAsync(4)).Buffer.Length);
        Tell(a, new GetPeers(), atA);
        Await<ConnectedPeers>(atA);
        Await<CallFailed>(atA);
        Await<SubstreamRefused>(atA);

        Assert.Equal(nobody.Id, atA.Find<CallFailed>()!.Target);
        Assert.Equal((b.Id, "nobody-listens"), (atA.Find<SubstreamRefused>()!.To, atA.Find<SubstreamRefused>()!.Type));
        Assert.Same(a.Node.Peers.Single(), atA.Find<CallSucceeded>()!.Peer);
        Assert.Same(a.Node.Peers.Single(), atA.Find<PeerConnectedEvent>()!.Peer);
        Assert.Same(a.Node.Peers.Single(), atA.Find<ConnectedPeers>()!.Peers.Single());
        Assert.Equal(a.Id, atA.Find<CurrentSwarmState>()!.Self);
        Assert.Equal(("chat", "gossip"), (atB.Find<Listening>()!.Type, atB.Find<ListenFailed>()!.Type));
    }

    [Fact]
    public void GetPeers_HasThemInTheirKeysOrder()
    {
        var c = _world.Swarm.AddNode();
        _world.Connect(_a, _b);
        _world.Connect(_a, c);
        Tell(_a, new GetPeers(), _atA);
        Await<ConnectedPeers>(_atA);

        Assert.Equal(new[] { _b.Id, c.Id }.Order(), _atA.Find<ConnectedPeers>()!.Peers.Select(peer => peer.Id));
    }

    [Fact]
    public void OpenSubstream_ToAListener_CarriesWhatIsWrittenBothWays()
    {
        Tell(_b, new Listen("chat"), _atB);
        Tell(_a, new OpenSubstream(_b.Id, "chat", "hello"u8.ToArray()), _atA);
        Await<SubstreamOffered>(_atB);
        Assert.Equal("chat", _atB.Find<Listening>()!.Type);
        var incoming = _atB.Find<SubstreamOffered>()!;
        Assert.Equal((_a.Id, "chat", "hello"), (incoming.Peer.Id, incoming.Type, System.Text.Encoding.UTF8.GetString(incoming.Metadata.Span)));
        Assert.Null(_atA.Find<SubstreamOpened>());

        var atB = _world.Swarm.Simulation.Do(incoming.Accept);
        Await<SubstreamOpened>(_atA);
        var atA = _atA.Find<SubstreamOpened>()!.Substream;
        _world.Run(async () => await atA.Output.WriteAsync("ping"u8.ToArray()));
        _world.Run(async () => await atB.Output.WriteAsync("pong"u8.ToArray()));
        Assert.Equal(4, _world.Run(async () => await atA.Input.ReadAtLeastAsync(4)).Buffer.Length);
        Assert.Equal(4, _world.Run(async () => await atB.Input.ReadAtLeastAsync(4)).Buffer.Length);
        Assert.False(incoming.TryAccept(out _));
        Assert.Throws<InvalidOperationException>(incoming.Accept);
    }

    [Fact]
    public void SubstreamOffered_Refused_TellsTheOpenerCodeAndText()
    {
        Tell(_b, new Listen("chat"), _atB);
        Tell(_a, new OpenSubstream(_b.Id, "chat"), _atA);
        Await<SubstreamOffered>(_atB);
        _world.Swarm.Simulation.Do(() => _atB.Find<SubstreamOffered>()!.Refuse(4711, "not today"));
        Await<SubstreamRefused>(_atA);

        Assert.Contains("4711", _atA.Find<SubstreamRefused>()!.Reason, StringComparison.Ordinal);
        Assert.Contains("not today", _atA.Find<SubstreamRefused>()!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void SubstreamOffered_NeverAnswered_IsRefusedWhenItsTimeIsOver()
    {
        _world.Connect(_a, _b);
        Tell(_b, new Listen("chat"), _atB);
        var begun = _world.Swarm.Now;
        Tell(_a, new OpenSubstream(_b.Id, "chat"), _atA);
        Await<SubstreamRefused>(_atA);

        Assert.InRange(_world.Swarm.Now - begun, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(11));
        Assert.Contains($"{SubstreamRefusals.NotAccepted}", _atA.Find<SubstreamRefused>()!.Reason, StringComparison.Ordinal);
        Assert.False(_atB.Find<SubstreamOffered>()!.TryAccept(out _));
    }

    [Fact]
    public void Listener_WithAFullBacklog_HasNoMoreOffers()
    {
        _world.Connect(_a, _b);
        Tell(_b, new Listen("chat"), _atB);
        for (var i = 0; i < 5; i++)
        {
            Tell(_a, new OpenSubstream(_b.Id, "chat"), _atA);
        }

        _world.Until(() => _atA.Received.OfType<SubstreamRefused>().Count() == 2, "two are refused", World.Soon);
        Assert.Equal(3, _atB.Received.OfType<SubstreamOffered>().Count());
        _world.Swarm.Simulation.Do(() => _atB.Find<SubstreamOffered>()!.Accept());
        Tell(_a, new OpenSubstream(_b.Id, "chat"), _atA);
        _world.Until(() => _atB.Received.OfType<SubstreamOffered>().Count() == 4, "there is room again", World.Soon);
    }

    [Fact]
    public void Listener_ThatStopsWhileSubstreamsAreOffered_RefusesThemAndTheNextMayListen()
    {
        _world.Connect(_a, _b);
        Tell(_b, new Listen("chat"), _atB);
        Tell(_a, new OpenSubstream(_b.Id, "chat"), _atA);
        Await<SubstreamOffered>(_atB);
        _world.Swarm.Simulation.Do(() => _atB.Ref.Tell(PoisonPill.Instance));
        Await<SubstreamRefused>(_atA);

        var next = new Inbox(_b, _world.Swarm.Simulation, "next");
        Tell(_b, new Listen("chat"), next);
        Await<Listening>(next);
    }

    [Fact]
    public void Listener_ThatThrowsAtAnOffer_IsRestartedAndHasTheNextOne()
    {
        _world.Connect(_a, _b);
        var offered = new List<SubstreamOffered>();
        var thrower = _world.Swarm.Simulation.Do(() => _b.System.ActorOf(Props.Create(() => new Thrower(offered)), "thrower"));
        _world.Swarm.Simulation.Do(() => _b.Node.Guardian.Tell(new Listen("chat"), thrower));
        Tell(_a, new OpenSubstream(_b.Id, "chat"), _atA);
        _world.RunFor(1);
        Tell(_a, new OpenSubstream(_b.Id, "chat"), _atA);
        _world.RunFor(1);
        Assert.Equal(2, offered.Count);
        Await<SubstreamRefused>(_atA);
        Assert.True(_b.Node.Peers.Single().IsConnected);
    }

    [Fact]
    public void Listen_ForATypeThatIsTakenOrReserved_Fails()
    {
        var other = new Inbox(_b, _world.Swarm.Simulation, "other");
        Tell(_b, new Listen("chat"), _atB);
        _world.RunFor(1);
        Tell(_b, new Listen("chat"), other);
        Tell(_b, new Listen("gossip"), other);
        Tell(_b, new Listen(""), other);
        Tell(_b, new Listen("chat"), _atB);
        _world.RunFor(1);

        Assert.Equal(["chat", "gossip", ""], other.Received.OfType<ListenFailed>().Select(failed => failed.Type));
        Assert.Equal(2, _atB.Received.OfType<Listening>().Count());
    }

    [Fact]
    public void StopListening_RefusesFromThenOn()
    {
        _world.Connect(_a, _b);
        Tell(_b, new Listen("chat"), _atB);
        _world.RunFor(1);
        Tell(_b, new StopListening("chat"), _atB);
        _world.RunFor(1);
        Tell(_a, new OpenSubstream(_b.Id, "chat"), _atA);
        Await<SubstreamRefused>(_atA);
        Assert.Null(_atB.Find<SubstreamOffered>());
    }

    [Fact]
    public void Opener_ThatEndsBeforeTheAnswer_LeavesNoSubstream()
    {
        _world.Connect(_a, _b);
        Tell(_b, new Listen("chat"), _atB);
        Tell(_a, new OpenSubstream(_b.Id, "chat"), _atA);
        Await<SubstreamOffered>(_atB);
        _world.Swarm.Simulation.Do(() => _atA.Ref.Tell(PoisonPill.Instance));
        _world.RunFor(1);
        var substream = _world.Swarm.Simulation.Do(_atB.Find<SubstreamOffered>()!.Accept);
        var failure = _world.Fails(async () => await substream.Input.ReadAsync());

        Assert.Equal(KillaBeezError.SubstreamReset, failure.Error);
        Assert.Empty(ActorTree.ChildrenOf(_a, _b.Id, "sub-"));
    }

    [Fact]
    public void OpenSubstream_ToItselfOrWithAReservedName_IsRefused()
    {
        Tell(_a, new OpenSubstream(_a.Id, "chat"), _atA);
        Tell(_a, new OpenSubstream(_b.Id, "gossip"), _atA);
        Tell(_a, new OpenSubstream(_b.Id, "chat", new byte[5000]), _atA);
        _world.Until(() => _atA.Received.OfType<SubstreamRefused>().Count() == 3, "all are refused", World.Soon);
    }

    private void Tell(SimulatedNode node, SwarmCommand command, Inbox sender) =>
        _world.Swarm.Simulation.Do(() => node.Node.Guardian.Tell(command, sender.Ref));

    private void Await<T>(Inbox inbox)
        where T : class => _world.Until(() => inbox.Find<T>() is not null, typeof(T).Name);

    private sealed class Thrower : ReceiveActor
    {
        public Thrower(List<SubstreamOffered> offered)
        {
            Receive<SubstreamOffered>(offer =>
            {
                offered.Add(offer);
                throw new InvalidOperationException("an application's own");
            });
            ReceiveAny(_ => { });
        }
    }
}

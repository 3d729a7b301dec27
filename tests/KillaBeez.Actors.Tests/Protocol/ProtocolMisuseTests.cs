using KillaBeez.Actors.Tests.Worlds;
using KillaBeez.Messages;

namespace KillaBeez.Actors.Tests.Protocol;

/// <summary>What actors of an application tell a node wrongly, or while it ends: everything has its answer, and nothing is held for nobody.</summary>
public sealed class ProtocolMisuseTests : IDisposable
{
    private readonly World _world = new();
    private readonly SimulatedNode _a;
    private readonly SimulatedNode _b;
    private readonly Inbox _atA;
    private readonly Inbox _atB;

    public ProtocolMisuseTests()
    {
        (_a, _b) = (_world.Swarm.AddNode(), _world.Swarm.AddNode());
        (_atA, _atB) = (new Inbox(_a, _world.Swarm.Simulation), new Inbox(_b, _world.Swarm.Simulation));
        _world.RunFor(1);
    }

    public void Dispose()
    {
        Assert.Equal(0, _world.Swarm.ForeignPosts);
        _world.Dispose();
    }

    /// <summary>Nobody accepts at the other side, and one key is not there at all: both are under way when the end comes.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Commands_UnderWayWhenTheNodeEnds_AreAnsweredOnceEach(bool isDisposed)
    {
        using var nobody = KeyPair.Generate(new SeededRandomSource(5));
        Tell(_b, new Listen("chat"), _atB);
        Tell(_a, new OpenSubstream(_b.Id, "chat"), _atA);
        Tell(_a, new OpenSubstream(_b.Id, "chat"), _atA);
        Tell(_a, new OpenSubstream(nobody.Id, "talk"), _atA);
        Tell(_a, new Call(nobody.Id), _atA);
        _world.Until(() => _atB.Received.OfType<SubstreamOffered>().Count() == 2, "both are offered", World.Soon);
        Assert.Empty(_atA.Received);

        if (isDisposed)
        {
            _world.Run(() => _a.Node.DisposeAsync().AsTask());
        }
        else
        {
            _world.Swarm.Simulation.Do(() => _a.Node.Guardian.Tell(PoisonPill.Instance));
        }

        _world.RunFor(60);

        Assert.Equal(["chat", "chat", "talk"], _atA.Received.OfType<SubstreamRefused>().Select(refused => refused.Type).Order(StringComparer.Ordinal));

        // A node that is disposed takes leave of its peers first, which ends what was offered to them, as it does for tasks.
        var offered = isDisposed ? KillaBeezError.SessionLost : KillaBeezError.Closed;
        Assert.All(_atA.Received.OfType<SubstreamRefused>(), refused => Assert.Equal(refused.Type == "chat" ? offered : KillaBeezError.Closed, refused.Error));
        Assert.Equal(KillaBeezError.Closed, Assert.Single(_atA.Received.OfType<CallFailed>()).Error);
        Assert.Equal(4, _atA.Received.Count);
    }

    [Fact]
    public void Messages_WithNobody_AreRefusedWhereTheyAreMade()
    {
        Assert.Throws<ArgumentNullException>("Subscriber", () => new Subscribe(null!));
        Assert.Throws<ArgumentNullException>("Subscriber", () => new Unsubscribe(null!));
        Assert.Throws<ArgumentNullException>("Type", () => new StopListening(null!));
        Assert.Throws<ArgumentException>("Subscriber", () => new Subscribe(ActorRefs.Nobody));
        Assert.Throws<ArgumentException>("Subscriber", () => new Unsubscribe(ActorRefs.Nobody));
    }

    [Fact]
    public void Listen_ToldWithoutASender_LeavesTheTypeToTheNext()
    {
        _world.Swarm.Simulation.Do(() => _b.Node.Guardian.Tell(new Listen("chat"), ActorRefs.NoSender));
        _world.Swarm.Simulation.Do(() => _b.Node.Guardian.Tell(new AnswerCalls(), ActorRefs.Nobody));
        _world.RunFor(1);
        Tell(_b, new Listen("chat"), _atB);
        Tell(_b, new AnswerCalls(), _atB);
        _world.RunFor(1);

        Assert.Equal([new Listening("chat"), new AnsweringCalls()], _atB.Received);
    }

    [Fact]
    public void OpenSubstream_ToldWithoutASender_OpensNone()
    {
        Tell(_b, new Listen("chat"), _atB);
        _world.Swarm.Simulation.Do(() => _a.Node.Guardian.Tell(new OpenSubstream(_b.Id, "chat"), ActorRefs.NoSender));
        _world.RunFor(5);

        Assert.Null(_atB.Find<SubstreamOffered>());
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(-TimeSpan.TicksPerMillisecond)]
    [InlineData(100 * TimeSpan.TicksPerDay)]
    public void Call_WithATimeoutThatNeverCounts_IsBoundedByTheNode(long ticks)
    {
        using var nobody = KeyPair.Generate(new SeededRandomSource(5));
        var begun = _world.Swarm.Now;
        Tell(_a, new Call(_b.Id, TimeSpan.FromTicks(ticks)), _atA);
        Tell(_a, new Call(nobody.Id, TimeSpan.FromTicks(ticks)), _atA);
        _world.Until(() => _atA.Find<CallFailed>() is not null, "the call of nobody fails");

        Assert.Equal(_b.Id, _atA.Find<CallSucceeded>()!.Peer.Id);
        Assert.InRange(_world.Swarm.Now - begun, TimeSpan.FromSeconds(29), TimeSpan.FromSeconds(32));
    }

    private void Tell(SimulatedNode node, SwarmCommand command, Inbox sender) =>
        _world.Swarm.Simulation.Do(() => node.Node.Guardian.Tell(command, sender.Ref));
}

using KillaBeez.Actors.Handles;
using KillaBeez.Actors.Messages;
using KillaBeez.Actors.Peers;
using KillaBeez.Actors.Replies;
using KillaBeez.Actors.Transport;
using KillaBeez.Swarm.Calls;
using KillaBeez.Swarm.Sessions;

namespace KillaBeez.Actors.Tests.Peers;

/// <summary>Two sessions of one peer's actor, the second of which begins before the actors of the first are gone.</summary>
public sealed class PeerSessionTests
{
    [Fact]
    public void NextSession_UsesTheSameNumbers_IsNotTakenForTheLast()
    {
        using var simulation = new Simulation(7);
        using var identity = KeyPair.Generate(new SeededRandomSource(1));
        using var other = KeyPair.Generate(new SeededRandomSource(2));
        var environment = new SwarmEnvironment
        {
            Identity = identity,
            Options = new SwarmOptions(),
            Transport = new NoTransport(),
            Exchanges = new NoExchanges(),
            Random = new SeededRandomSource(3),
            ApplicationScheduler = new SimulationPipeScheduler(simulation),
            DispatchEventsInline = true,
        };
        var replies = new ReplyScope(inSimulation: true);
        var (first, second) = (new PendingReply<Substream>(replies, default), new PendingReply<Substream>(replies, default));
        var failures = new List<Exception>();
        simulation.FailureObserver = failure => failures.Add(failure.Cause);
        var system = simulation.CreateSystem("one");
        var ended = new List<IActorRef>();
        simulation.Do(() => system.ActorOf(Props.Create(() => new TwoSessions(environment, other.Id, first, second, ended)), "peer"));
        simulation.RunFor(TimeSpan.FromSeconds(1));

        Assert.Empty(failures);
        Assert.Equal(KillaBeezError.SessionLost, Assert.IsType<KillaBeezException>(first.Task.Exception!.InnerException).Error);

        // The first session's actor has ended since, and the second's substream still waits for the peer.
        Assert.Single(ended);
        Assert.False(second.IsCompleted);
    }

    private sealed class TwoSessions : ReceiveActor, IWithTimers
    {
        private readonly PeerScope _scope;
        private readonly PeerSession _first;
        private readonly PeerSession _second;
        private readonly PendingReply<Substream> _firstReply;
        private readonly PendingReply<Substream> _secondReply;

        public TwoSessions(SwarmEnvironment environment, PeerId remote, PendingReply<Substream> first, PendingReply<Substream> second, List<IActorRef> ended)
        {
            _scope = new PeerScope(environment, remote, new NoEvents(), Context, this)
            {
                Calls = new CallEngine(environment.Identity.Id, remote, CallOptions.Default, environment.Random),
                Session = new SessionEngine(new SessionOptions(), environment.Random),
            };
            (_first, _second) = (new PeerSession(_scope), new PeerSession(_scope));
            (_firstReply, _secondReply) = (first, second);
            Receive<Terminated>(terminated =>
            {
                ended.Add(terminated.ActorRef);
                _second.Substreams.Terminated(default, terminated.ActorRef);
            });
        }

        public ITimerScheduler Timers { get; set; } = null!;

        protected override void PreStart()
        {
            _first.Substreams.Open(default, new PeerMessages.OpenSubstream(_first.Peer, "test", default, _firstReply));
            _first.End("over", PeerEnd.Closed, new KillaBeezException(KillaBeezError.SessionLost, "over"));
            _second.Substreams.Open(default, new PeerMessages.OpenSubstream(_second.Peer, "test", default, _secondReply));
        }

        protected override void PostStop()
        {
            _second.Dispose();
            _scope.Session.Dispose();
        }
    }

    private sealed class NoEvents : ISwarmEvents
    {
        public void Publish(SwarmEvent e)
        {
        }

        public void Offer(Substream substream, Action<(uint Code, string Reason)?> answer) => answer(null);
    }

    private sealed class NoTransport : ILinkTransport
    {
        public ILinkAttempt Offer(ILinkAttemptObserver observer) => throw new InvalidOperationException("no link is wanted here");

        public ILinkAttempt Answer(string offer, ILinkAttemptObserver observer) => throw new InvalidOperationException("no link is wanted here");

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class NoExchanges : IExchangeConnector
    {
        public IExchangeConnection Connect(Uri exchange, IExchangeObserver observer) => throw new InvalidOperationException("no exchange is wanted here");
    }
}

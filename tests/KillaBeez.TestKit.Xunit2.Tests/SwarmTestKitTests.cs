using Akka.TestKit;
using KillaBeez.Messages;
using KillaBeez.Tests;
using Xunit.Abstractions;

namespace KillaBeez.TestKit.Xunit2.Tests;

/// <summary>Tests as a user writes them: the actors of an application beside a node, probes, and peers that come and go.</summary>
public sealed class SwarmTestKitTests : SwarmTestKit
{
    private readonly TestProbe _subscriber;

    public SwarmTestKitTests(ITestOutputHelper output)
        : base($"akka.test.single-expect-default = {Patience.Bound.TotalSeconds:0}s", output)
    {
        _subscriber = CreateTestProbe();

        // A machine that stops for seconds makes links die; whoever is not about that does not care.
        _subscriber.IgnoreMessages(message => message is PeerStalledEvent or PeerResumedEvent);
        Swarm.Tell(new Subscribe(_subscriber));
    }

    [Fact]
    public void Subscriber_OfAConstructor_IsToldTheState()
    {
        Assert.Equal(Node.Id, _subscriber.ExpectMsg<CurrentSwarmState>().Self);
    }

    [Fact]
    public void Command_OfTheTestItself_IsAnsweredToTheTestActor()
    {
        Swarm.Tell(new GetPeers());
        Assert.Empty(ExpectMsg<ConnectedPeers>().Peers);
    }

    [Fact]
    public async Task Subscriber_PeerCallsAndEnds_IsToldBoth()
    {
        AwaitTheExchange();
        var peer = await StartPeerAsync();
        await peer.CallAsync(Node.Id).WaitAsync(Patience.Bound);
        Assert.Equal(peer.Id, _subscriber.ExpectMsg<PeerConnectedEvent>().Peer.Id);

        await peer.DisposeAsync();
        Assert.Equal(peer.Id, _subscriber.ExpectMsg<PeerDisconnectedEvent>().Peer.Id);
        Assert.Empty(Node.Peers);
    }

    [Fact]
    public async Task Application_PeerOpensASubstream_BytesGoThroughItBothWays()
    {
        var application = Sys.ActorOf(Props.Create(() => new Application(Swarm, TestActor)));
        application.Tell(new Listen("echo"));
        ExpectMsg<Listening>();
        var peer = await StartPeerAsync();
        var us = await peer.CallAsync(Node.Id).WaitAsync(Patience.Bound);
        var substream = await us.OpenAsync("echo", "metadata"u8.ToArray()).WaitAsync(Patience.Bound);
        Assert.Equal((peer.Id, "metadata"), Offered(ExpectMsg<SubstreamOffered>()));

        var sent = Enumerable.Range(0, 100_000).Select(i => (byte)(i * 7)).ToArray();
        var received = new byte[sent.Length];
        var stream = substream.AsStream();
        var reading = stream.ReadExactlyAsync(received, Patience.Token).AsTask();
        await stream.WriteAsync(sent, Patience.Token);
        await reading;
        Assert.Equal(sent, received);
    }

    [Fact]
    public async Task Application_OpensASubstreamByKey_ThePeerHasItsBytes()
    {
        var application = Sys.ActorOf(Props.Create(() => new Application(Swarm, TestActor)));
        var peer = await StartPeerAsync();
        var atPeer = new TaskCompletionSource<Substream>(TaskCreationOptions.RunContinuationsAsynchronously);
        peer.SubstreamOpened += (_, e) => atPeer.TrySetResult(e.Substream);

        application.Tell(new OpenSubstream(peer.Id, "chat"));
        var opened = ExpectMsg<SubstreamOpened>().Substream;
        await opened.Output.WriteAsync("hello"u8.ToArray());
        var read = await (await atPeer.Task.WaitAsync(Patience.Bound)).Input.ReadAtLeastAsync(5, Patience.Token);
        Assert.Equal("hello"u8.ToArray(), read.Buffer.First[..5].ToArray());
    }

    [Fact]
    public async Task Application_CallsAPeer_HasIt()
    {
        var application = Sys.ActorOf(Props.Create(() => new Application(Swarm, TestActor)));
        var peer = await StartPeerAsync();
        application.Tell(new Call(peer.Id));
        Assert.Equal(peer.Id, ExpectMsg<CallSucceeded>().Peer.Id);
    }

    [Fact]
    public async Task Peers_OfOneTest_CallEachOther()
    {
        var (a, b) = (await StartPeerAsync(), await StartPeerAsync(options => options.MeshDegree = 1));
        var peer = await a.CallAsync(b.Id).WaitAsync(Patience.Bound);
        Assert.Equal(b.Id, peer.Id);
        Assert.True(await peer.PingAsync().WaitAsync(Patience.Bound) > TimeSpan.Zero);
    }

    [Fact]
    public async Task EventFilter_HearsWhatTheNodeLogs()
    {
        var peer = await StartPeerAsync();
        await EventFilter.Info(contains: "is up").ExpectOneAsync(Patience.Bound, () => peer.CallAsync(Node.Id));
    }

    private static (PeerId From, string Metadata) Offered(SubstreamOffered offered) =>
        (offered.Peer.Id, System.Text.Encoding.UTF8.GetString(offered.Metadata.Span));

    /// <summary>The state of now says whether the exchange is ready; where the subscription was earlier, an event follows.</summary>
    private void AwaitTheExchange()
    {
        var state = _subscriber.ExpectMsg<CurrentSwarmState>();
        if (!state.Exchanges.Any(exchange => exchange.IsReady))
        {
            Assert.True(_subscriber.ExpectMsg<ExchangeStateEvent>().IsReady);
        }
    }

    /// <summary>An actor of an application, which says what it is told to say, and tells its audience what comes of it.</summary>
    private sealed class Application : ReceiveActor
    {
        public Application(IActorRef swarm, IActorRef audience)
        {
            Receive<SwarmCommand>(command => swarm.Tell(command));
            Receive<SubstreamOffered>(offered =>
            {
                audience.Tell(offered);
                var stream = offered.Accept().AsStream();
                _ = stream.CopyToAsync(stream).PipeTo(Self, success: () => "echoed", failure: e => e.Message);
            });
            Receive<string>(_ => { });
            ReceiveAny(audience.Tell);
        }
    }
}

using KillaBeez.Actors.Transport;
using KillaBeez.Swarm.Links;

namespace KillaBeez.TestKit.Tests.Network;

/// <summary>The simulated ways between nodes, without nodes on them.</summary>
public sealed class SimulatedNetworkTests : IDisposable
{
    private readonly Simulation _simulation = new(1);
    private readonly SimulatedNetwork _network;
    private readonly KeyPair _a = KeyPair.Generate(new SeededRandomSource(1));
    private readonly KeyPair _b = KeyPair.Generate(new SeededRandomSource(2));

    public SimulatedNetworkTests() => _network = new SimulatedNetwork(_simulation, new SeededRandomSource(3));

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
    }

    [Fact]
    public void Messages_ArriveInOrderAfterLatencyAndJitter()
    {
        _network.SetPath(_a.Id, _b.Id, new PathConditions { Latency = TimeSpan.FromMilliseconds(100), Jitter = TimeSpan.FromMilliseconds(80) });
        var (atA, atB) = Open();
        var start = _simulation.Elapsed;
        for (byte i = 0; i < 100; i++)
        {
            Assert.True(atA.Link!.TrySend([i]));
        }

        _simulation.RunFor(TimeSpan.FromMilliseconds(99));
        Assert.Empty(atB.Messages);
        _simulation.RunFor(TimeSpan.FromMilliseconds(82));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => (byte)i), atB.Messages.Select(m => m[0]));
        Assert.All(atB.Times, time => Assert.InRange((time - start).TotalMilliseconds, 100, 181));
    }

    [Fact]
    public void ReceiverThatDoesNotRelease_StopsTheSenderUntilItDoes()
    {
        var (atA, atB) = Open();
        var sent = 0;
        while (atA.Link!.TrySend(new byte[60_000]))
        {
            sent++;
            Assert.True(sent < 1000, "nothing holds the sender back");
        }

        _simulation.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(0, atA.WritableCount);
        Assert.False(atA.Link.TrySend(new byte[1]));
        Assert.Equal(sent, atB.Messages.Count);

        atB.Link!.ReleaseReceived(sent * 60_000);
        _simulation.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(1, atA.WritableCount);
        Assert.True(atA.Link.TrySend(new byte[1]));
    }

    [Fact]
    public void Partition_HoldsMessagesBackAndHealDeliversThem()
    {
        var (atA, atB) = Open();
        _network.Partition([_a.Id], [_b.Id]);
        Assert.False(_network.AreReachable(_a.Id, _b.Id));
        atA.Link!.TrySend([1]);
        _simulation.RunFor(TimeSpan.FromSeconds(5));
        Assert.Empty(atB.Messages);

        _network.Heal();
        _simulation.RunFor(TimeSpan.FromSeconds(1));
        Assert.Single(atB.Messages);
        Assert.Null(atB.Closed);
    }

    [Fact]
    public void Partition_LongerThanTheSilenceLimit_KillsLinksWithTraffic()
    {
        var (atA, atB) = Open();
        _network.Partition([_a.Id]);
        atA.Link!.TrySend([1]);
        _simulation.RunFor(TimeSpan.FromSeconds(11));
        Assert.NotNull(atA.Closed);
        Assert.NotNull(atB.Closed);
        Assert.Equal(0, _network.LinkCount);
    }

    [Fact]
    public void CutLinks_TellsBothEndsOnce()
    {
        var (atA, atB) = Open();
        Assert.Equal(1, _network.CutLinks(_b.Id, _a.Id));
        Assert.Equal(0, _network.CutLinks(_a.Id, _b.Id));
        _simulation.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal("the link was cut", atA.Closed);
        Assert.Equal("the link was cut", atB.Closed);
        Assert.True(atA.Link!.TrySend([1]), "a dead link takes everything");
    }

    [Fact]
    public void Close_DeliversWhatWasSentBefore()
    {
        var (atA, atB) = Open();
        atA.Link!.TrySend([1]);
        atA.Link.TrySend([2]);
        atA.Link.Close();
        _simulation.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(2, atB.Messages.Count);
        Assert.Equal("closed by the peer", atB.Closed);
    }

    [Fact]
    public void CorruptNextMessage_ChangesOneBitOfOneMessage()
    {
        var (atA, atB) = Open();
        _network.CorruptNextMessage(_a.Id, _b.Id);
        atA.Link!.TrySend(new byte[50]);
        atA.Link.TrySend(new byte[50]);
        _simulation.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(1, atB.Messages[0].Sum(b => System.Numerics.BitOperations.PopCount(b)));
        Assert.All(atB.Messages[1], b => Assert.Equal(0, b));
    }

    [Fact]
    public void MeanLinkLife_EndsLinksByThemselves()
    {
        _network.Defaults = new PathConditions { MeanLinkLife = TimeSpan.FromSeconds(5) };
        var (atA, atB) = Open();
        _simulation.RunFor(TimeSpan.FromMinutes(5));
        Assert.Equal("the link died", atA.Closed);
        Assert.Equal("the link died", atB.Closed);
    }

    [Fact]
    public void AttemptFailures_FailBothSides()
    {
        _network.Defaults = new PathConditions { AttemptFailures = 1 };
        var (atA, atB) = Begin();
        _simulation.RunFor(TimeSpan.FromSeconds(1));
        Assert.NotNull(atA.Failed);
        Assert.NotNull(atB.Failed);
        Assert.Equal(0, _network.LinkCount);
    }

    [Fact]
    public void Attempt_WhoseAnswerNeverComes_FailsInTime()
    {
        var atA = new End(_simulation);
        atA.Attempt = new SimulatedLinkTransport(_network, _network.AddHost(_a.Id)).Offer(atA);
        _simulation.RunFor(TimeSpan.FromSeconds(16));
        Assert.Equal("no link came about in time", atA.Failed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("sim-offer")]
    [InlineData("sim-offer 999")]
    [InlineData("sim-offer -1")]
    [InlineData("v=0")]
    public void Answer_ToNoOffer_Fails(string offer)
    {
        var end = new End(_simulation);
        end.Attempt = new SimulatedLinkTransport(_network, _network.AddHost(_a.Id)).Answer(offer, end);
        _simulation.RunFor(TimeSpan.FromSeconds(1));
        Assert.NotNull(end.Failed);
    }

    private (End A, End B) Begin()
    {
        var (atA, atB) = (new End(_simulation), new End(_simulation));
        atA.Attempt = new SimulatedLinkTransport(_network, _network.AddHost(_a.Id)).Offer(atA);
        _simulation.RunReady();
        atB.Attempt = new SimulatedLinkTransport(_network, _network.AddHost(_b.Id)).Answer(atA.Description!, atB);
        _simulation.RunReady();
        atA.Attempt.AcceptAnswer(atB.Description!);
        return (atA, atB);
    }

    private (End A, End B) Open()
    {
        var (atA, atB) = Begin();
        _simulation.RunUntil(() => atA.Link is not null && atB.Link is not null, TimeSpan.FromSeconds(10));
        atA.Link!.Attach(atA);
        atB.Link!.Attach(atB);
        Assert.Equal(1, _network.LinkCount);
        return (atA, atB);
    }

    private sealed class End(Simulation simulation) : ILinkAttemptObserver, IMessageLinkSink
    {
        public ILinkAttempt? Attempt { get; set; }

        public string? Description { get; private set; }

        public IMessageLink? Link { get; private set; }

        public string? Failed { get; private set; }

        public string? Closed { get; private set; }

        public int WritableCount { get; private set; }

        public List<byte[]> Messages { get; } = [];

        public List<TimeSpan> Times { get; } = [];

        public void OnDescription(string description) => Description = description;

        public void OnCandidate(string candidate)
        {
        }

        public void OnOpened(IMessageLink link, byte[] prologue) => Link = link;

        public void OnFailed(string reason) => Failed = reason;

        public void OnMessages(MessageBatch batch)
        {
            using (batch)
            {
                for (var i = 0; i < batch.Count; i++)
                {
                    Messages.Add(batch[i].ToArray());
                    Times.Add(simulation.Elapsed);
                }
            }
        }

        public void OnWritable() => WritableCount++;

        public void OnClosed(string reason)
        {
            Assert.Null(Closed);
            Closed = reason;
        }
    }
}

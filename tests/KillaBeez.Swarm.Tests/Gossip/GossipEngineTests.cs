using KillaBeez.Swarm.Gossip;

namespace KillaBeez.Swarm.Tests.Gossip;

public sealed class GossipEngineTests : IDisposable
{
    private readonly SeededRandomSource _random = new(5);
    private readonly List<KeyPair> _keys;
    private readonly GossipEngine _engine;
    private Instant _now = Instant.Zero.AddMs(1000);

    public GossipEngineTests()
    {
        _keys = [.. Enumerable.Range(0, 12).Select(_ => KeyPair.Generate(_random)).OrderBy(key => key.Id)];
        _engine = NewEngine(6);
    }

    public void Dispose() => _keys.ForEach(key => key.Dispose());

    [Fact]
    public void PeerConnected_WhenIdle_SendsTheWholeMapAtOnceAndDeltasToTheOthers()
    {
        _engine.PeerConnected(_now, IdOf(0));
        var first = Assert.Single(Transmit());
        Assert.Equal((IdOf(0), GossipMessageType.Map), (first.To, (GossipMessageType)first.Message[0]));
        _now = _now.AddMs(500);
        _engine.PeerConnected(_now, IdOf(1));
        Assert.Equal(
            [(IdOf(0), GossipMessageType.Delta), (IdOf(1), GossipMessageType.Map)],
            Transmit().Select(m => (m.To, (GossipMessageType)m.Message[0])));
    }

    [Fact]
    public void ManyConnections_WithinTheLeastCoalesceTime_AreOneVersion()
    {
        _engine.PeerConnected(_now, IdOf(0));
        Transmit();
        for (var i = 1; i < 6; i++)
        {
            _engine.PeerConnected(_now.AddMs(i), IdOf(i));
        }

        Assert.Empty(Transmit());
        Assert.Equal(_now.AddMs(10), _engine.NextTimeout);
        _engine.HandleTimeout(_now.AddMs(10));
        Assert.Equal([1, 1, 1, 1, 1, 2], Transmit().Select(m => (int)m.Message[0]).Order());
        Assert.Equal(2, _engine.Statistics.MapsSigned);
    }

    [Fact]
    public void Changes_WithoutEnd_AreToldInABurstAndThenOncePerCoalesceTime()
    {
        _engine.PeerConnected(_now, IdOf(1));
        Transmit();
        List<double> told = [];
        var start = _now;
        for (var ms = 1; ms <= 2000; ms++)
        {
            _now = start.AddMs(ms);
            _engine.HandleTimeout(_now);
            _engine.PeerDisconnected(_now, IdOf(0));
            _engine.PeerConnected(_now, IdOf(0));
            if (Transmit().Any(m => m.To == IdOf(1)))
            {
                told.Add(ms);
            }
        }

        // The first delta of the burst went out with the first peer; at 100 ms and later one is earned each 100 ms.
        Assert.Equal([10, 20, 30, 40, 50, 60, 70, 80, 90], told.Take(9));
        Assert.InRange(told.Count, 27, 29);
        Assert.All(told.Skip(10).Zip(told.Skip(11)), pair => Assert.Equal(100, pair.Second - pair.First));
    }

    [Fact]
    public void Map_NamesAnUnknownSmallerKey_CallWantedThroughTheSender()
    {
        ConnectTo(0);
        Receive(0, MapOf(0, 1, 1, 3));
        Assert.Contains(new GossipEvent(GossipEventKind.CallWanted, IdOf(3), IdOf(0)), Events());
    }

    [Fact]
    public void Map_NamesAnUnknownLargerKey_InformWantedOnlyIfItDoesNotCallInTime()
    {
        ConnectTo(0);
        Receive(0, MapOf(0, 1, 1, 8, 9));
        Assert.DoesNotContain(Events(), e => e.Kind == GossipEventKind.InformWanted);
        _engine.CallInProgress(_now, IdOf(8));
        RunTo(_now.AddMs(3000));
        Assert.Equal([new GossipEvent(GossipEventKind.InformWanted, IdOf(9), IdOf(0))], Events().Where(e => e.Kind == GossipEventKind.InformWanted));
    }

    [Fact]
    public void CallFailed_IsRepeatedThroughAnotherPeerWithGrowingPauses()
    {
        ConnectTo(0);
        ConnectTo(1);
        Receive(0, MapOf(0, 1, 1, 3));
        Receive(1, MapOf(1, 1, 1, 3));
        List<(PeerId Via, Instant At)> calls = [];
        for (var i = 0; i < 5; i++)
        {
            while (calls.Count == i)
            {
                foreach (var e in Events().Where(e => e.Kind == GossipEventKind.CallWanted))
                {
                    Assert.Equal(IdOf(3), e.Target);
                    calls.Add((e.Via, _now));
                }

                if (calls.Count == i)
                {
                    _now = _engine.NextTimeout;
                    _engine.HandleTimeout(_now);
                }
            }

            _engine.CallFailed(_now, IdOf(3));
        }

        Assert.Equal(2, calls.Select(call => call.Via).Distinct().Count());
        var pauses = calls.Zip(calls.Skip(1), (a, b) => b.At - a.At).ToArray();
        for (var i = 0; i < pauses.Length; i++)
        {
            Assert.InRange(pauses[i].TotalSeconds, 1.5 * Math.Pow(2, i), 2.5 * Math.Pow(2, i));
        }
    }

    [Fact]
    public void CallWanted_NobodySaysHowItEnded_IsRepeatedAfterThePatience()
    {
        ConnectTo(0);
        Receive(0, MapOf(0, 1, 1, 3));
        Assert.Contains(Events(), e => e.Kind == GossipEventKind.CallWanted);
        RunTo(_now.AddMs(39_000));
        Assert.DoesNotContain(Events(), e => e.Kind == GossipEventKind.CallWanted);
        RunTo(_now.AddMs(10_000));
        Assert.Contains(Events(), e => e.Kind == GossipEventKind.CallWanted);
    }

    [Fact]
    public void Delta_ThatFollows_IsApplied_AndOneThatSkipsAsksForTheWhole()
    {
        ConnectTo(0);
        Receive(0, MapOf(0, 1, 1, 3));
        Receive(0, new NetworkMapDelta(1, 2, [new(IdOf(4), 20)], [IdOf(3)]).ToBytes());
        Assert.Equal([IdOf(4)], _engine.MapOf(IdOf(0)).Select(entry => entry.Peer));
        Assert.Equal(TimeSpan.FromMilliseconds(2), _engine.RttBetween(IdOf(0), IdOf(4)));
        Receive(0, new NetworkMapDelta(1, 4, [new(IdOf(5), 20)], []).ToBytes());
        Assert.Equal([4], Assert.Single(Transmit()).Message);
        Assert.Equal(1, _engine.Statistics.Gaps);
        Assert.Equal([IdOf(4)], _engine.MapOf(IdOf(0)).Select(entry => entry.Peer));
    }

    [Fact]
    public void Digest_ThatFits_IsQuiet_AndOneThatDoesNotAsksForTheWhole()
    {
        ConnectTo(0);
        Receive(0, MapOf(0, 1, 1, 3));
        Receive(0, DigestOf(0, 1, 1, 3));
        Assert.Empty(Transmit());
        Receive(0, DigestOf(0, 1, 1, 3, 4));
        Assert.Equal([4], Assert.Single(Transmit()).Message);
        Assert.Equal(1, _engine.Statistics.DigestMismatches);
        Receive(0, MapOf(0, 1, 1, 3, 4));
        Assert.Equal([IdOf(3), IdOf(4)], _engine.MapOf(IdOf(0)).Select(entry => entry.Peer).Order());
    }

    [Fact]
    public void Map_OfALaterLife_ReplacesTheOlder_AndAnOlderIsStale()
    {
        ConnectTo(0);
        Receive(0, MapOf(0, 5, 9, 3));
        Receive(0, MapOf(0, 6, 1, 4));
        Assert.Equal([IdOf(4)], _engine.MapOf(IdOf(0)).Select(entry => entry.Peer));
        Receive(0, MapOf(0, 5, 10, 3));
        Receive(0, new NetworkMapDelta(5, 10, [], []).ToBytes());
        Receive(0, DigestOf(0, 5, 10, 3));
        Assert.Equal([IdOf(4)], _engine.MapOf(IdOf(0)).Select(entry => entry.Peer));
        Assert.Equal(3, _engine.Statistics.Stale);
    }

    [Fact]
    public void Map_Altered_IsCountedAndIgnored()
    {
        ConnectTo(0);
        var map = MapOf(0, 1, 1, 3);

        // Incarnation, version, an entry's round trip, the signature: all are covered.
        foreach (var position in new[] { 1 + 32 + 7, 1 + 40 + 7, map.Length - 65, map.Length - 1 })
        {
            var altered = map.ToArray();
            altered[position] ^= 1;
            Receive(0, altered);
        }

        Assert.Equal(4, _engine.Statistics.Forged);
        Assert.Empty(_engine.MapOf(IdOf(0)));
        Assert.DoesNotContain(Events(), e => e.Kind == GossipEventKind.CallWanted);
    }

    [Fact]
    public void Map_OfAnotherNode_IsCountedAndIgnored()
    {
        ConnectTo(0);
        Receive(0, MapOf(1, 1, 1, 3));
        Receive(0, DigestOf(1, 1, 1, 3));
        Assert.Equal(2, _engine.Statistics.Forged);
        Assert.Empty(_engine.PeersConnectedTo(IdOf(3)));
    }

    [Fact]
    public void Noise_OfAnyKind_IsCountedAndNeverThrows()
    {
        ConnectTo(0);
        for (var i = 0; i < 20_000; i++)
        {
            _now = _now.AddMs(60);
            var bytes = new byte[_random.NextInt32(0, 200)];
            _random.Fill(bytes);
            if (bytes.Length > 0)
            {
                bytes[0] = (byte)_random.NextInt32(0, 6);
            }

            Receive(0, bytes);
            Transmit();
        }

        Receive(0, new byte[GossipLimits.MessageBytes + 1]);
        Assert.True(_engine.Statistics.Malformed > 10_000);
        Assert.Empty(_engine.MapOf(IdOf(0)));
    }

    [Fact]
    public void Messages_AboveTheRateOrFromStrangers_AreDropped()
    {
        ConnectTo(0);
        for (var i = 0; i < 1000; i++)
        {
            Receive(0, [4]);
        }

        Assert.Equal(1000 - GossipLimits.Default.MessageBurst, _engine.Statistics.Dropped - PullsDropped());
        var before = _engine.Statistics.Dropped;
        Receive(1, MapOf(1, 1, 1, 3));
        Assert.Equal(before + 1, _engine.Statistics.Dropped);
        Assert.Empty(Transmit());

        // Pulls right after the whole map was sent are dropped too.
        static int PullsDropped() => GossipLimits.Default.MessageBurst;
    }

    [Fact]
    public void InventedKeys_InHugeNumbers_CauseFewCallsAtATime()
    {
        ConnectTo(0);
        var invented = Enumerable.Range(0, GossipLimits.EntriesPerMap).Select(_ =>
        {
            var key = new byte[PeerId.SizeBytes];
            _random.Fill(key);
            key[0] = 0;
            return new NetworkMapEntry(new PeerId(key), 0);
        }).OrderBy(entry => entry.Peer).ToArray();
        Receive(0, SignedMap(0, 1, 1, invented));
        Assert.Equal(GossipLimits.Default.CallsAtOncePerVia, Events().Count(e => e.Kind == GossipEventKind.CallWanted));
        _engine.PeerDisconnected(_now, IdOf(0));
        Assert.Empty(_engine.KnownPeers);
        Assert.Empty(_engine.ConnectedPeers);
    }

    [Fact]
    public void PeerDisconnected_ForgetsItsMapAndTellsTheOthers()
    {
        ConnectTo(0);
        ConnectTo(1);
        Receive(0, MapOf(0, 1, 1, 3));
        Assert.Equal([IdOf(0)], _engine.PeersConnectedTo(IdOf(3)));
        _now = _now.AddMs(1000);
        _engine.PeerDisconnected(_now, IdOf(0));
        Assert.Empty(_engine.PeersConnectedTo(IdOf(3)));
        Assert.DoesNotContain(IdOf(3), _engine.KnownPeers);
        var told = Assert.Single(Transmit());
        Assert.True(NetworkMapDelta.TryParse(told.Message, _keys[6].Id, out var delta, out _));
        Assert.Equal([IdOf(0)], delta!.Removed);
    }

    [Fact]
    public void RttMeasured_IsToldLater_AndAgainOnlyWhenItChangesConsiderably()
    {
        ConnectTo(0);
        _engine.RttMeasured(_now, IdOf(0), TimeSpan.FromMilliseconds(100));
        Assert.Equal(TimeSpan.FromMilliseconds(100), _engine.RttBetween(_keys[6].Id, IdOf(0)));
        Assert.Empty(Transmit());
        RunTo(_now.AddMs(10_000));
        Assert.True(NetworkMapDelta.TryParse(Assert.Single(Transmit()).Message, _keys[6].Id, out var delta, out _));
        Assert.Equal(1000, delta!.Set[0].RttCode);

        _engine.RttMeasured(_now, IdOf(0), TimeSpan.FromMilliseconds(110));
        RunTo(_now.AddMs(12_000));
        Assert.Empty(Transmit());
        _engine.RttMeasured(_now, IdOf(0), TimeSpan.FromMilliseconds(200));
        RunTo(_now.AddMs(1));
        Assert.Equal((byte)GossipMessageType.Delta, Assert.Single(Transmit()).Message[0]);
    }

    [Fact]
    public void Digest_IsSentEveryThirtySecondsWithoutANewSignature()
    {
        ConnectTo(0);
        RunTo(_now.AddMs(95_000));
        Assert.Equal([3, 3, 3], Transmit().Select(m => (int)m.Message[0]));
        Assert.Equal(1, _engine.Statistics.MapsSigned);
    }

    [Fact]
    public void Pull_IsAnsweredWithTheWholeMap()
    {
        ConnectTo(0);
        RunTo(_now.AddMs(5000));
        Receive(0, [4]);
        RunTo(_now.AddMs(1));
        Assert.Equal((byte)GossipMessageType.Map, Assert.Single(Transmit()).Message[0]);
    }

    [Fact]
    public void KnownChanges_TellEachKeyOnceItIsKnownAndOnceItIsNot()
    {
        _engine.PeerConnected(_now, IdOf(2));
        _engine.PeerConnected(_now, IdOf(4));
        _engine.PeerDisconnected(_now, IdOf(2));
        var changes = new List<(PeerId, bool)>();
        while (_engine.TryPollKnownChange(out var key, out var isKnown))
        {
            changes.Add((key, isKnown));
        }

        Assert.Equal([(IdOf(2), true), (IdOf(4), true), (IdOf(2), false)], changes);
    }

    private PeerId IdOf(int index) => _keys[index].Id;

    private GossipEngine NewEngine(int index) => new(_keys[index], new GossipOptions { Incarnation = 1 }, _random);

    private void ConnectTo(int index)
    {
        _now = _now.AddMs(200);
        _engine.PeerConnected(_now, IdOf(index));
        Transmit();
        Events();
    }

    private void Receive(int from, byte[] message) => _engine.HandleMessage(_now, IdOf(from), message);

    private void RunTo(Instant end)
    {
        while (_engine.NextTimeout <= end)
        {
            _now = Instant.Max(_now, _engine.NextTimeout);
            _engine.HandleTimeout(_now);
        }

        _now = end;
    }

    private List<(PeerId To, byte[] Message)> Transmit()
    {
        List<(PeerId To, byte[] Message)> messages = [];
        while (_engine.TryPollTransmit(out var to, out var message))
        {
            messages.Add((to, message));
        }

        return messages;
    }

    private List<GossipEvent> Events()
    {
        List<GossipEvent> events = [];
        while (_engine.TryPollEvent(out var e))
        {
            events.Add(e);
        }

        return events;
    }

    private byte[] MapOf(int owner, ulong incarnation, ulong version, params int[] peers) =>
        SignedMap(owner, incarnation, version, EntriesOf(peers));

    private byte[] SignedMap(int owner, ulong incarnation, ulong version, NetworkMapEntry[] entries)
    {
        var canonical = NetworkMapMessage.Canonical(IdOf(owner), incarnation, version, entries);
        return NetworkMapMessage.ToBytes(canonical, Sign(owner, canonical));
    }

    private byte[] DigestOf(int owner, ulong incarnation, ulong version, params int[] peers)
    {
        var canonical = NetworkMapMessage.Canonical(IdOf(owner), incarnation, version, EntriesOf(peers));
        return new NetworkMapDigest(IdOf(owner), incarnation, version, Sign(owner, canonical)).ToBytes();
    }

    private NetworkMapEntry[] EntriesOf(int[] peers) =>
        [.. peers.Select(i => new NetworkMapEntry(IdOf(i), 100)).OrderBy(entry => entry.Peer)];

    private byte[] Sign(int owner, byte[] canonical)
    {
        var signature = new byte[64];
        _keys[owner].Sign(SignaturePurpose.NetworkMap, canonical, signature);
        return signature;
    }
}

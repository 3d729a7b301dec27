using System.Buffers.Binary;
using KillaBeez.Actors.Messages;
using KillaBeez.Actors.Tests.Worlds;
using KillaBeez.Swarm.Calls;
using KillaBeez.Swarm.Gossip;

namespace KillaBeez.Actors.Tests.BadInput;

/// <summary>A peer with a valid key that lies about who is connected to whom.</summary>
public sealed class ForgedGossipTests : IDisposable
{
    private readonly World _world = new(13);
    private readonly List<HostileLink> _links = [];
    private readonly List<string> _failures = [];
    private readonly KeyPair _key;
    private readonly SimulatedNode _victim;
    private readonly SimulatedNode _friend;
    private readonly SimulatedNode _hostile;
    private readonly Peer _friendAtVictim;
    private ulong _version;

    public ForgedGossipTests()
    {
        (_victim, _friend) = (_world.Swarm.AddNode(), _world.Swarm.AddNode());
        (_friendAtVictim, _) = _world.Connect(_victim, _friend);
        _key = LargerKeyThan(_victim.Id);
        _hostile = _world.Swarm.AddNode(
            new SwarmOptions { KeyPair = _key },
            transport => new HostileTransport(transport, _world.Swarm.Simulation, link =>
            {
                _links.Add(link);
                link.ShakeHands(_key, _victim.Id);
            }));
        _world.Swarm.Simulation.FailureObserver = failure => _failures.Add($"{failure.Actor}: {failure.Cause}");
        _world.RunFor(1);
        _world.Swarm.Simulation.Post(() => _ = _hostile.CallAsync(_victim.Id).ContinueWith(static t => _ = t.Exception, TaskScheduler.Default));
        _world.Until(() => _victim.PeerIds.Contains(_key.Id), "the hostile peer is connected", World.Soon);
    }

    public void Dispose()
    {
        _links.ForEach(link => link.Dispose());
        _world.Dispose();
        _key.Dispose();
    }

    [Fact]
    public void MapWithAWrongSignature_IsForged()
    {
        using var other = KeyPair.Generate(new SeededRandomSource(2));
        var before = Statistics().Forged;
        Tell(Map(_key.Id, [other.Id], signer: other));
        Assert.Equal(before + 1, Statistics().Forged);
        Assert.DoesNotContain(other.Id, Called());
        AssertNobodyElseIsHarmed();
    }

    [Fact]
    public void MapOfAnotherNode_IsForgedThoughItsSignatureIsRight()
    {
        using var other = KeyPair.Generate(new SeededRandomSource(2));
        var before = Statistics().Forged;
        Tell(Map(other.Id, [_key.Id], signer: other));
        Tell(Map(_friend.Id, [other.Id], signer: _key));
        Assert.Equal(before + 2, Statistics().Forged);
        Assert.DoesNotContain(other.Id, Called());
        AssertNobodyElseIsHarmed();
    }

    [Fact]
    public void MapThatNamesTheNodeItself_StartsNoCall()
    {
        var before = Statistics();
        Tell(Map(_key.Id, [_victim.Id], signer: _key));
        _world.RunFor(60);
        Assert.Equal(before.Forged, Statistics().Forged);
        Assert.DoesNotContain(_victim.Id, Called());
        AssertNobodyElseIsHarmed();
    }

    [Fact]
    public void MapOfBytesThatAreNoKeys_StartsNoCall()
    {
        // Points of small order and numbers that are no point: nobody can hold such a key.
        var bogus = Enumerable.Range(0, 200_000).Select(i => new PeerId(PipeHelper.Content((ulong)i, PeerId.SizeBytes)))
            .Where(id => !KeyPair.TryToX25519(id, stackalloc byte[PeerId.SizeBytes])).Take(500);
        var one = new byte[PeerId.SizeBytes];
        one[0] = 1;
        Tell(Map(_key.Id, [.. bogus, new PeerId(one)], signer: _key));
        _world.RunFor(120);
        Assert.Empty(Called().Except([_key.Id, _friend.Id]));
        AssertNobodyElseIsHarmed();
    }

    [Fact]
    public void MapWithTheEmptyKeyOrTooManyEntries_IsMalformed()
    {
        var before = Statistics().Malformed;
        Tell(Map(_key.Id, [default], signer: _key));
        Tell(Map(_key.Id, Invented(GossipLimits.EntriesPerMap + 1), signer: _key));
        Assert.Equal(before + 2, Statistics().Malformed);
        AssertNobodyElseIsHarmed();
    }

    [Fact]
    public void MapsOfThousandsOfInventedKeys_CostBoundedWork()
    {
        // The calls for the liar's inventions, however often it changes its map, and links that it asks for itself.
        var mostLinks = GossipLimits.Default.CallsAtOncePerVia + CallLimits.Default.Answering;
        var most = 0;
        for (ulong round = 0; round < 6; round++)
        {
            Tell(Map(_key.Id, Invented(GossipLimits.EntriesPerMap, round), signer: _key));
            _world.RunFor(1);
            most = Math.Max(most, Called().Count);
            Assert.InRange(_victim.PendingLinks, 0, mostLinks);
        }

        Assert.InRange(most, 3, 2 + mostLinks);
        AssertNobodyElseIsHarmed();
    }

    /// <summary>The keys that have an actor at the victim.</summary>
    private List<PeerId> Called() => [.. ActorTree.Below(_victim, "/killabeez/peers/")
        .Select(actor => actor.Path.ToString().Split("/killabeez/peers/")[1]).Where(name => !name.Contains('/', StringComparison.Ordinal)).Select(PeerId.Parse)];

    private static KeyPair LargerKeyThan(PeerId id)
    {
        for (ulong seed = 100; ; seed++)
        {
            var key = KeyPair.Generate(new SeededRandomSource(seed));
            if (key.Id > id)
            {
                return key;
            }

            key.Dispose();
        }
    }

    private static List<PeerId> Invented(int count, ulong salt = 0)
    {
        var ids = new List<PeerId>();
        for (var i = 0; i < count; i++)
        {
            using var key = KeyPair.Generate(new SeededRandomSource((salt * 10_000) + (ulong)i + 1_000_000));
            ids.Add(key.Id);
        }

        return ids;
    }

    private byte[] Map(PeerId owner, IReadOnlyList<PeerId> peers, KeyPair signer)
    {
        NetworkMapEntry[] entries = [.. peers.Order().Select(peer => new NetworkMapEntry(peer, 10))];
        var canonical = NetworkMapMessage.Canonical(owner, 1, ++_version, entries);
        var signature = new byte[NetworkMapMessage.SignatureBytes];
        signer.Sign(SignaturePurpose.NetworkMap, canonical, signature);
        return NetworkMapMessage.ToBytes(canonical, signature);
    }

    private Swarm.Multiplexing.SubstreamId? _substream;

    /// <summary>Sends a message on the gossip substream, which the larger key opens, and waits until it was handled.</summary>
    private void Tell(byte[] message)
    {
        var framed = new byte[4 + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(framed, message.Length);
        message.CopyTo(framed, 4);
        var written = 0;
        _world.Until(
            () =>
            {
                // The friend calls the liar too, and that link gets no further: it shakes hands with another key.
                if (_links.Find(link => link.Mux is not null) is { } link)
                {
                    _substream ??= link.Mux!.Open(link.Now, "gossip", []);
                    written += link.Mux!.Write(link.Now, _substream.Value, framed.AsSpan(written));
                    link.Turn();
                }

                return written == framed.Length;
            },
            "the lie is told",
            World.Soon);
        _world.RunFor(1);
    }

    private GossipStatistics Statistics()
    {
        GossipStatistics? statistics = null;
        ActorTree.Find(_victim, "killabeez/gossip")!.Tell(new GossipMessages.AskStatistics(answer => statistics = answer), ActorRefs.NoSender);
        _world.Until(() => statistics is not null, "gossip answers", World.Soon);
        return statistics!.Value;
    }

    private void AssertNobodyElseIsHarmed()
    {
        Assert.Empty(_failures);
        Assert.True(_friendAtVictim.IsConnected, "another peer was harmed");
        Assert.True(_world.Run(() => _friendAtVictim.PingAsync()) < TimeSpan.FromSeconds(1));
        var caller = _world.Swarm.AddNode(new SwarmOptions { MeshDegree = 0 });
        _world.RunFor(1);
        Assert.True(_world.Run(() => caller.CallAsync(_victim.Id)).IsConnected, "a good call does not get through");
    }
}

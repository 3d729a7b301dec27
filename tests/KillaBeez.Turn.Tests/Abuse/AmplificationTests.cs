using KillaBeez.Turn.Tests.Engine;
using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.Turn.Tests.Abuse;

/// <summary>Whoever forges a source must not gain anything by asking this server.</summary>
public sealed class AmplificationTests
{
    private readonly ServerHarness _server = new();

    /// <summary>The smallest requests that are answered, and the answers that they could provoke.</summary>
    public static TheoryData<string> Kinds => ["binding", .. _errorKinds];

    private static readonly string[] _errorKinds = ["binding with an unknown attribute", "allocate", "refresh", "permission", "channel", "integrity only", "wrong password"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Flood_FromOneSource_GetsLessThanItSends(string kind)
    {
        var (bytesIn, bytesOut, answers) = Flood(kind, seconds: 10, perSecond: 500, sources: 1);

        Assert.True(bytesOut <= bytesIn, $"{bytesOut} bytes out for {bytesIn} in");
        Assert.True(answers > 0);
    }

    [Theory]
    [InlineData("allocate")]
    [InlineData("wrong password")]
    public void Flood_WithoutValidCredentials_GetsTheBurstAndThenOneAnswerASecond(string kind)
    {
        var (_, _, answers) = Flood(kind, seconds: 30, perSecond: 100, sources: 1);

        Assert.InRange(answers, TurnServerLimits.UnauthenticatedBurst + 28, TurnServerLimits.UnauthenticatedBurst + 31);
    }

    [Fact]
    public void Flood_FromEverywhere_GetsNoMoreThanTheServersOwnRate()
    {
        var (_, _, answers) = Flood("allocate", seconds: 2, perSecond: 30_000, sources: 200_000);

        Assert.True(answers <= 3 * TurnServerLimits.AnonymousPerSecond, $"{answers} answers");
    }

    [Fact]
    public void Flood_OfOneSource_LeavesOthersTheirAnswer()
    {
        Flood("allocate", seconds: 5, perSecond: 200, sources: 1);

        var innocent = new ScriptedClient(_server, "77.1.2.3:9");

        innocent.Allocate();
    }

    [Theory]
    [InlineData("lab")]
    [InlineData("a-realm-of-the-greatest-length-that-the-options-allow-for-a-real")]
    public void Error_IsLittleLargerThanItsRequest(string realm)
    {
        var server = new ServerHarness(o => o with { Realm = realm });
        foreach (var kind in _errorKinds)
        {
            var client = new ScriptedClient(server, "77.0.0.1:1") { Realm = realm };
            var request = Build(client, kind);
            var answer = client.Send(request);
            Assert.NotNull(answer!.Error);
            Assert.True(answer.Bytes.Length <= request.Length + TurnServerLimits.MaxErrorOverheadBytes, $"{kind}: {answer.Bytes.Length} for {request.Length}");
        }
    }

    [Fact]
    public void UnknownAttributes_ManyInOneRequest_AreNotAllListed()
    {
        var client = new ScriptedClient(_server);

        var answer = client.Request(StunMessageType.BindingRequest, static (ref StunWriter w) =>
        {
            for (ushort i = 0; i < 60; i++)
            {
                w.Write((StunAttributeType)(0x7000 + i), []);
            }
        })!;

        Assert.Equal(StunLimits.MaxListedUnknownAttributes, answer.Unknown.Length);
    }

    [Fact]
    public void Relaying_NeverMultiplies()
    {
        var client = new ScriptedClient(_server);
        var relayed = client.Allocate().Relayed!.Value;
        client.Permit("8.8.8.8:0");
        _server.ToClients.Clear();

        for (var i = 0; i < 100; i++)
        {
            client.SendTo("8.8.8.8:5", new byte[i]);
            _server.DeliverFromPeer(ServerHarness.Parse("8.8.8.8:5"), relayed, new byte[i]);
        }

        Assert.Equal(100, _server.ToPeers.Count);
        Assert.Equal(100, _server.ToClients.Count);
        Assert.All(_server.ToPeers.Select((item, i) => (item.Payload.Length, i)), pair => Assert.Equal(pair.i, pair.Length));
        Assert.All(_server.ToClients, item => Assert.True(item.Bytes.Length <= Answer.Parse(item.Bytes).Data!.Length + 39));
    }

    private (long In, long Out, int Answers) Flood(string kind, int seconds, int perSecond, int sources)
    {
        long bytesIn = 0, bytesOut = 0;
        var answers = 0;
        for (var i = 0; i < seconds * perSecond; i++)
        {
            var source = i % sources;
            var client = new ScriptedClient(_server, $"50.{source >> 16}.{(source >> 8) & 255}.{source & 255}:{1000 + (i % 1000)}");
            var request = Build(client, kind);
            _server.Deliver(client.Tuple, request);
            bytesIn += request.Length;
            while (_server.ToClients.TryDequeue(out var item))
            {
                bytesOut += item.Bytes.Length;
                answers++;
            }

            _server.Pass(TimeSpan.FromMicroseconds(1_000_000 / perSecond));
        }

        return (bytesIn, bytesOut, answers);
    }

    private static byte[] Build(ScriptedClient client, string kind)
    {
        var id = client.NextTransaction();
        switch (kind)
        {
            case "binding":
                return client.Build(StunMessageType.BindingRequest, id);
            case "binding with an unknown attribute":
                return client.Build(StunMessageType.BindingRequest, id, static (ref StunWriter w) => w.Write((StunAttributeType)0x7000, []));
            case "allocate":
                return client.Build(StunMessageType.AllocateRequest, id, ScriptedClient.AddUdp);
            case "refresh":
                return client.Build(StunMessageType.RefreshRequest, id);
            case "permission":
                return client.Build(StunMessageType.CreatePermissionRequest, id, static (ref StunWriter w) => XorPeerAddressAttribute.Write(ref w, ServerHarness.Parse("8.8.8.8:1")));
            case "channel":
                return client.Build(StunMessageType.ChannelBindRequest, id);
            case "integrity only":
                return client.Build(StunMessageType.AllocateRequest, id, static (ref StunWriter w) => MessageIntegrityAttribute.Write(ref w, new byte[16]));
            default:
                var wrong = new ScriptedClientWithNonce(client);
                return wrong.Build(id);
        }
    }

    /// <summary>Credentials that are complete and wrong.</summary>
    private sealed class ScriptedClientWithNonce(ScriptedClient client)
    {
        public byte[] Build(StunTransactionId id)
        {
            client.Nonce = "0123456789abcdef";
            client.Username = "nobody";
            return client.Build(StunMessageType.AllocateRequest, id, ScriptedClient.AddUdp);
        }
    }
}

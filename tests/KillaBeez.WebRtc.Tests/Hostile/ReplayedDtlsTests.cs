using System.Buffers.Binary;
using KillaBeez.WebRtc.Dtls;
using KillaBeez.WebRtc.PeerConnections;
using KillaBeez.WebRtc.Tests.PeerConnections;

namespace KillaBeez.WebRtc.Tests.Hostile;

/// <summary>Real DTLS records that were recorded on the path and are sent again, from there and from elsewhere.</summary>
public sealed class ReplayedDtlsTests
{
    private const int Messages = 40;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Records_SentAgain_DeliverNothingTwiceAndMoveNothing(bool fromElsewhere)
    {
        using var dtls = DtlsContext.Create(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        using var pair = new EnginePair(41, new PathConditions { DelayMs = 2 }, dtls: dtls);
        var recorded = new List<byte[]>();
        pair.AToB.Tap = datagram =>
        {
            recorded.Add(datagram);
            return true;
        };
        pair.A.Engine.Channels.OpenChannel(pair.Now, new WebRtc.PeerConnections.DataChannelInit { Ordered = false }.ToTransport("x"));
        var received = new List<int>();
        pair.B.MessageReceived = (_, e) => received.Add(BinaryPrimitives.ReadInt32BigEndian(e.Payload.Span));
        pair.Negotiate();
        Assert.True(pair.RunUntil(() => pair.A.Opened.Any() && pair.B.Opened.Any(), 30));
        var message = new byte[100];
        for (var i = 0; i < Messages; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(message, i);
            Assert.True(pair.A.Engine.Channels.TrySend(pair.Now, pair.A.Opened.First(), message, isText: false));
        }

        Assert.True(pair.RunUntil(() => received.Count == Messages, 10));
        pair.RunUntil(() => false, 1);
        var path = pair.B.Engine.SelectedPath;
        var dropped = pair.B.Engine.Channels.Association.PacketsDropped;

        // Handshake, application data and all, three times over.
        var attacker = new Attacker(pair, pair.B);
        var records = recorded.Where(datagram => datagram[0] is >= 20 and <= 63).ToList();
        Assert.True(records.Count > Messages / 10, "there is something to replay");
        for (var round = 0; round < 3; round++)
        {
            foreach (var record in records)
            {
                attacker.Send(fromElsewhere ? Attacker.Stranger : pair.A.Address, record);
            }

            pair.RunUntil(() => false, 0.2);
        }

        Assert.Equal(Enumerable.Range(0, Messages), received.Order());
        Assert.Equal(path, pair.B.Engine.SelectedPath);
        Assert.Equal(0, attacker.BytesTo(Attacker.Stranger));
        Assert.Equal(dropped, pair.B.Engine.Channels.Association.PacketsDropped);
        ForgedStunTests.AssertAliveAfterAMinute(pair);
    }

    /// <summary>Whatever is in them, records from a path that ICE has not validated are not even shown to DTLS.</summary>
    [Fact]
    public void Records_FromElsewhere_AreNoSignOfLife()
    {
        using var dtls = DtlsContext.Create(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        using var pair = new EnginePair(42, new PathConditions { DelayMs = 2 }, dtls: dtls);
        pair.A.Engine.Channels.OpenChannel(pair.Now, new WebRtc.PeerConnections.DataChannelInit().ToTransport("x"));
        pair.Negotiate();
        Assert.True(pair.RunUntil(() => pair.B.Opened.Any(), 30));

        // The path is cut, and A's fresh records reach B from an address that is not A's.
        var attacker = new Attacker(pair, pair.B);
        var fresh = new Queue<byte[]>();
        pair.AToB.Tap = datagram =>
        {
            fresh.Enqueue(datagram);
            return false;
        };
        pair.BToA.IsCut = true;
        var message = new byte[10];
        var replayed = 0;
        for (var end = pair.Now.AddMs(60_000); pair.Now < end;)
        {
            var before = pair.Now;
            pair.A.Engine.Channels.TrySend(pair.Now, pair.A.Opened.First(), message, isText: false);
            pair.RunUntil(() => pair.B.Engine.State == PeerConnectionState.Failed, 10);
            if (pair.B.Engine.State == PeerConnectionState.Failed || pair.Now == before)
            {
                break;
            }

            while (fresh.TryDequeue(out var record))
            {
                if (record[0] == 23)
                {
                    replayed++;
                    attacker.Send(Attacker.Stranger, record);
                }
            }
        }

        Assert.True(replayed > 0, "there was something to replay");

        // RFC 7675: without consent there is no connection, whatever else arrives.
        Assert.Equal(PeerConnectionState.Failed, pair.B.Engine.State);
        Assert.Equal(0, attacker.BytesTo(Attacker.Stranger));
    }
}

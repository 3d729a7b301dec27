using KillaBeez.WebRtc.Sctp;
using KillaBeez.WebRtc.Sctp.Packet;
using KillaBeez.WebRtc.Sctp.Packet.Chunks;
using KillaBeez.WebRtc.Sctp.Tx;
using KillaBeez.WebRtc.Tests.Sctp;

namespace KillaBeez.WebRtc.Tests.Hostile;

/// <summary>A peer that acknowledges what it has not received, or does not read what it is sent.</summary>
public sealed class MisbehavingReceiverTests
{
    private const int PacketBytes = SctpLimits.DefaultPacketBytes;

    [Fact]
    public void Sack_AboveTheHighestTsn_EndsTheAssociation()
    {
        var peer = Sending();
        peer.Send(ScriptedPeer.Sack(peer.Association.Sender.LastAssignedTsn.Next, 1_000_000));
        Assert.Contains(peer.PollChunks(), chunk => chunk.Type == ChunkType.Abort);
        Assert.Equal(SctpCloseReason.ProtocolViolation, peer.Association.CloseReason);
    }

    [Fact]
    public void Sack_WithGapsAboveTheHighestTsn_IsIgnored()
    {
        var peer = Sending();
        var flight = peer.Association.Sender.FlightBytes;
        var window = peer.Association.Sender.CongestionWindowBytes;
        var outstanding = (ushort)peer.Association.Sender.OutstandingCount;
        peer.Send(ScriptedPeer.Sack(peer.RemoteInitialTsn.Previous, 1_000_000, [new GapBlock(2, (ushort)(outstanding + 1))]));
        Assert.Equal(flight, peer.Association.Sender.FlightBytes);
        Assert.Equal(window, peer.Association.Sender.CongestionWindowBytes);
        Assert.Equal(SctpState.Established, peer.Association.State);
    }

    /// <summary>
    /// Everything sent is acknowledged the moment it leaves, many times over and out of order. The window may grow by what
    /// was really sent, and the flight counts what is really out.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Acknowledgements_EarlyAndRepeated_GrowTheWindowByNoMoreThanWasSent(bool ownStack)
    {
        var peer = new ScriptedPeer().Establish(ownStack);
        var start = peer.Association.Sender.CongestionWindowBytes;
        for (var round = 0; round < 200; round++)
        {
            peer.Association.Send(1, 53, new byte[60_000], false, true, Reliability.Full);
            peer.Poll();
            var sender = peer.Association.Sender;
            var last = sender.LastAssignedTsn;
            for (var i = 0; i < 5; i++)
            {
                peer.Send(ScriptedPeer.Sack(last, uint.MaxValue));
                peer.Send(ScriptedPeer.Sack(last + -3, uint.MaxValue));
            }

            Assert.Equal(0, sender.FlightBytes);
            var sent = (long)sender.Statistics.PacketsSent * PacketBytes;
            Assert.True(sender.CongestionWindowBytes <= start + sent, $"round {round}: {sender.CongestionWindowBytes} after {sent}");
        }

        Assert.Equal(SctpState.Established, peer.Association.State);
    }

    [Fact]
    public void Acknowledgements_OfTheSameTsnByDuplicates_DoNotGrowTheWindow()
    {
        var peer = Sending();
        peer.Send(ScriptedPeer.Sack(peer.RemoteInitialTsn, 1_000_000));
        var window = peer.Association.Sender.CongestionWindowBytes;
        for (var i = 0; i < 1000; i++)
        {
            peer.Send(ScriptedPeer.Sack(peer.RemoteInitialTsn, 1_000_000, duplicates: [peer.RemoteInitialTsn, peer.RemoteInitialTsn]));
        }

        Assert.True(peer.Association.Sender.CongestionWindowBytes <= window);
    }

    [Fact]
    public void Burst_ToAForeignPeer_StaysSmallHoweverMuchIsAcknowledgedAtOnce()
    {
        var peer = new ScriptedPeer().Establish();
        for (var i = 0; i < 20; i++)
        {
            peer.Association.Send(1, 53, new byte[200_000], false, true, Reliability.Full);
        }

        for (var round = 0; round < 100; round++)
        {
            var packets = peer.Poll().Count(packet => packet.Exists(chunk => chunk.Type == ChunkType.Data));
            Assert.True(packets <= SctpLimits.MaxBurstPackets, $"round {round}: {packets} packets at once");
            peer.Send(ScriptedPeer.Sack(peer.Association.Sender.LastAssignedTsn, 4_000_000));
        }
    }

    /// <summary>The application reads nothing and the peer does not care for the window: nothing is kept beyond it.</summary>
    [Fact]
    public void SlowReader_UnderAPeerThatIgnoresTheWindow_KeepsNoMoreThanTheWindow()
    {
        const int WindowBytes = 256 * 1024;
        var peer = new ScriptedPeer(new SctpOptions { ReceiveWindowBytes = WindowBytes, MaxReceiveMessageBytes = 64 * 1024 }).Establish();
        var last = 0u;
        for (ushort i = 0; i < 2000; i++)
        {
            peer.SendMessage(1, i, new byte[1000]);
            foreach (var sack in peer.PollChunks().Where(chunk => chunk.Type == ChunkType.Sack))
            {
                last = ScriptedPeer.AsSack(sack).ReceiverWindow;
            }

            Assert.True(peer.Association.ReceiveOccupiedBytes <= WindowBytes + 1000, $"{peer.Association.ReceiveOccupiedBytes} bytes held");
        }

        Assert.Equal(0u, last);
        var taken = peer.Events.Where(e => e.Kind == SctpEventKind.Message).Sum(e => e.Payload.Length);
        Assert.True(taken <= WindowBytes + 1000, $"{taken} bytes taken");

        // Once it reads, the window opens by itself, and what was dropped is taken when it comes again.
        foreach (var message in peer.Events.Where(e => e.Kind == SctpEventKind.Message))
        {
            peer.Association.ReleaseReceived(message.Payload.Length);
        }

        var update = peer.PollChunks().Last(chunk => chunk.Type == ChunkType.Sack);
        Assert.True(ScriptedPeer.AsSack(update).ReceiverWindow > WindowBytes / 2);
        peer.NextTsn = ScriptedPeer.AsSack(update).CumulativeTsn.Next;
        peer.Events.Clear();
        peer.SendMessage(1, (ushort)(peer.NextTsn.DistanceFrom(peer.InitialTsn)), new byte[1000]);
        peer.Poll();
        Assert.Single(peer.Events, e => e.Kind == SctpEventKind.Message);
    }

    private static ScriptedPeer Sending()
    {
        var peer = new ScriptedPeer().Establish();
        peer.Association.Send(1, 53, new byte[100_000], false, true, Reliability.Full);
        Assert.NotEmpty(peer.Poll());
        return peer;
    }
}

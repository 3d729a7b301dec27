using KillaBeez.WebRtc.DataChannels;
using KillaBeez.WebRtc.DataChannels.Dcep;
using KillaBeez.WebRtc.Sctp;
using KillaBeez.WebRtc.Sctp.Tx;

namespace KillaBeez.WebRtc.Tests.DataChannels;

/// <summary>What a transport does with OPENs and data that a peer should not send.</summary>
public sealed class OpenRulesTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static void SendRaw(TransportPair pair, ushort stream, uint protocol, byte[] payload, bool isUnordered = false) =>
        pair.Client.Transport.Association.Send(stream, protocol, payload, isUnordered, true, Reliability.Full);

    private static byte[] Open(string label = "x")
    {
        var open = new DcepOpenMessage { Label = label };
        var bytes = new byte[open.SizeBytes];
        var writer = new SpanWriter(bytes);
        open.Write(ref writer);
        return bytes;
    }

    private static TransportPair Connected()
    {
        var pair = new TransportPair();
        pair.Connect();
        return pair;
    }

    [Fact]
    public void Open_OnAnIdOfOurParity_IsRefusedByAReset()
    {
        var pair = Connected();
        SendRaw(pair, 1, PayloadProtocol.Dcep, Open());
        pair.RunFor(TimeSpan.FromSeconds(5));
        Assert.False(pair.Server.Has(DataChannelEventKind.ChannelOpened));
        var own = pair.Server.Transport.OpenChannel(pair.Now, new DataChannelInit());
        Assert.Equal((ushort)1, pair.Server.Transport.StreamIdOf(own));
    }

    [Fact]
    public void Open_Twice_LeavesTheChannelAsItIs()
    {
        var pair = Connected();
        SendRaw(pair, 0, PayloadProtocol.Dcep, Open("first"));
        SendRaw(pair, 0, PayloadProtocol.Dcep, Open("second"));
        pair.RunFor(TimeSpan.FromSeconds(5));
        Assert.Equal("first", Assert.Single(pair.Server.Events, e => e.Kind == DataChannelEventKind.ChannelOpened).Init!.Label);
    }

    [Fact]
    public void Open_BeyondTheChannelLimit_IsRefused()
    {
        var pair = new TransportPair(1, null, new DataChannelTransportOptions { MaxChannels = 3 });
        pair.Connect();
        for (ushort i = 0; i < 20; i++)
        {
            SendRaw(pair, (ushort)(i * 2), PayloadProtocol.Dcep, Open());
        }

        pair.RunFor(TimeSpan.FromSeconds(5));
        Assert.Equal(3, pair.Server.Count(DataChannelEventKind.ChannelOpened));
        Assert.True(pair.Server.Transport.IsConnected);
    }

    [Fact]
    public void Data_BeforeItsOpen_IsKeptInOrder()
    {
        var pair = Connected();
        SendRaw(pair, 4, PayloadProtocol.Binary, [1], isUnordered: true);
        SendRaw(pair, 4, PayloadProtocol.Binary, [2], isUnordered: true);
        pair.RunFor(TimeSpan.FromSeconds(1));
        Assert.Empty(pair.Server.Messages);
        SendRaw(pair, 4, PayloadProtocol.Dcep, Open());
        Assert.True(pair.RunUntil(() => pair.Server.Messages.Count == 2, Limit));
        Assert.Equal([1, 2], pair.Server.Messages.Select(m => (int)m.Bytes[0]));
    }

    [Fact]
    public void Data_WithoutAnyOpen_IsBoundedAndFreesTheWindow()
    {
        var pair = Connected();
        for (var i = 0; i < 2000; i++)
        {
            SendRaw(pair, 4, PayloadProtocol.Binary, new byte[5000]);
        }

        pair.RunFor(TimeSpan.FromSeconds(20));
        Assert.InRange(pair.Server.Transport.Association.ReceiveOccupiedBytes, 1, DataChannelLimits.MaxEarlyBytes);
        Assert.True(pair.Server.Transport.IsConnected);
    }

    [Fact]
    public void Data_OfUnknownProtocol_IsDroppedAndFreesTheWindow()
    {
        var pair = Connected();
        SendRaw(pair, 0, PayloadProtocol.Dcep, Open());
        SendRaw(pair, 0, 99, new byte[5000]);
        SendRaw(pair, 0, PayloadProtocol.Binary, [7]);
        Assert.True(pair.RunUntil(() => pair.Server.Messages.Count == 1, Limit));
        Assert.Equal(0, pair.Server.Transport.Association.ReceiveOccupiedBytes);
        Assert.Equal(SctpCloseReason.None, pair.Server.Transport.Association.CloseReason);
    }
}

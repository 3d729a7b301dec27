using System.Text;
using KillaBeez.WebRtc.DataChannels;

namespace KillaBeez.WebRtc.Tests.DataChannels;

public sealed class DataChannelTransportTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public void Connect_BothSidesAtOnce_ChannelCarriesMessagesBothWays()
    {
        var pair = new TransportPair();
        var channel = pair.Client.Transport.OpenChannel(pair.Now, new DataChannelInit { Label = "chat", Protocol = "p1" });
        pair.Connect();
        Assert.True(pair.RunUntil(() => pair.Server.Has(DataChannelEventKind.ChannelOpened), Limit));
        var opened = pair.Server.Events.Single(e => e.Kind == DataChannelEventKind.ChannelOpened);
        Assert.Equal("chat", opened.Init!.Label);
        Assert.Equal("p1", opened.Init.Protocol);
        Assert.True(opened.IsRemote);
        Assert.Equal(0, opened.StreamId);

        Assert.True(pair.Client.Transport.TrySend(pair.Now, channel, "hello"u8, isText: true));
        Assert.True(pair.Server.Transport.TrySend(pair.Now, opened.Channel, "world"u8, isText: false));
        Assert.True(pair.RunUntil(() => pair.Server.Messages.Count == 1 && pair.Client.Messages.Count == 1, Limit));
        Assert.Equal("hello", Encoding.UTF8.GetString(pair.Server.Messages[0].Bytes));
        Assert.True(pair.Server.Messages[0].IsText);
        Assert.False(pair.Client.Messages[0].IsText);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1159)]
    [InlineData(1160)]
    [InlineData(1161)]
    [InlineData(2320)]
    [InlineData(16_384)]
    [InlineData(65_536)]
    [InlineData(262_144)]
    public void Send_AnySize_ArrivesWhole(int size)
    {
        var pair = new TransportPair();
        var channel = pair.Client.Transport.OpenChannel(pair.Now, new DataChannelInit());
        pair.Connect();
        var bytes = new byte[size];
        new SeededRandomSource(5).Fill(bytes);
        Assert.True(pair.Client.Transport.TrySend(pair.Now, channel, bytes, isText: false));
        Assert.True(pair.RunUntil(() => pair.Server.Messages.Count == 1, Limit));
        Assert.Equal(bytes, pair.Server.Messages[0].Bytes);
    }
}

using KillaBeez.WebRtc.DataChannels;
using KillaBeez.WebRtc.DataChannels.Dcep;

namespace KillaBeez.WebRtc.Tests.DataChannels;

public sealed class DcepCodecTests
{
    public static TheoryData<string, string, string, bool, int, int> Golden() => new()
    {
        { "0300010000000000000400006368617" + "4", "chat", "", true, -1, -1 },
        { "03810100000000050001000261" + "7031", "a", "p1", false, 5, -1 },
        { "030201000000012C00000000", "", "", true, -1, 300 },
    };

    [Theory]
    [MemberData(nameof(Golden))]
    public void Open_GoldenRoundTripAndTruncation(string hex, string label, string protocol, bool ordered, int retransmits, int lifetime)
    {
        var bytes = Convert.FromHexString(hex);
        Assert.True(DcepOpenMessage.TryParse(bytes, out var message, out _));
        Assert.Equal(label, message.Label);
        Assert.Equal(protocol, message.Protocol);
        Assert.Equal(ordered, message.Ordered);
        Assert.Equal(retransmits < 0 ? null : retransmits, message.MaxRetransmits);
        Assert.Equal(lifetime < 0 ? null : lifetime, message.MaxPacketLifeTimeMs);
        var written = new byte[message.SizeBytes];
        var writer = new SpanWriter(written);
        message.Write(ref writer);
        Assert.Equal(bytes.Length, writer.Position);
        Assert.True(DcepOpenMessage.TryParse(written, out var again, out _));
        Assert.Equal(message, again);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.False(DcepOpenMessage.TryParse(bytes.AsSpan(0, length), out _, out _));
        }

        Assert.False(DcepOpenMessage.TryParse([.. bytes, 0], out _, out var error));
        Assert.Equal(DcepParseError.BadLength, error);
    }

    [Theory]
    [InlineData("020001000000000000000000", 2)]
    [InlineData("030301000000000000000000", 3)]
    [InlineData("0300010000000000FFFFFFFF", 5)]
    public void Open_Malformed_IsRefused(string hex, int error)
    {
        Assert.False(DcepOpenMessage.TryParse(Convert.FromHexString(hex), out _, out var actual));
        Assert.Equal((DcepParseError)error, actual);
    }

    [Fact]
    public void Ack_IsExactlyOneByte()
    {
        Assert.Equal(new byte[] { 2 }, DcepAckMessage.Bytes.ToArray());
        Assert.True(DcepAckMessage.IsAck([2]));
        Assert.False(DcepAckMessage.IsAck([]));
        Assert.False(DcepAckMessage.IsAck([2, 0]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Send_WithoutBytes_ArrivesWithoutBytes(bool isText)
    {
        var pair = new TransportPair();
        var channel = pair.Client.Transport.OpenChannel(pair.Now, new DataChannelInit());
        pair.Connect();
        pair.RunFor(TimeSpan.FromSeconds(1));
        Assert.True(pair.Client.Transport.TrySend(pair.Now, channel, [], isText));
        Assert.True(pair.RunUntil(() => pair.Server.Messages.Count == 1, TimeSpan.FromSeconds(5)));
        Assert.Empty(pair.Server.Messages[0].Bytes);
        Assert.Equal(isText, pair.Server.Messages[0].IsText);
        Assert.Equal(0, pair.Server.Transport.Association.ReceiveOccupiedBytes);
    }
}

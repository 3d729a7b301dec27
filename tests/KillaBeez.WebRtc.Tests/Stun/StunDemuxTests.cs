using System.Text;
using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Tests.Stun;

public sealed class StunDemuxTests
{
    [Fact]
    public void Classify_ByFirstByte_FollowsRfc7983()
    {
        for (var first = 0; first <= 255; first++)
        {
            byte[] datagram = [(byte)first, .. new byte[19]];
            var expected = first switch
            {
                >= 20 and <= 63 => DatagramKind.Dtls,
                >= 64 and <= 79 => DatagramKind.TurnChannelData,
                _ => DatagramKind.Unknown, // 0..3 lack the magic cookie here
            };
            Assert.Equal(expected, StunDemux.Classify(datagram));
        }

        Assert.Equal(DatagramKind.Unknown, StunDemux.Classify([]));
    }

    [Fact]
    public void Classify_BindingRequest_IsStunUntilCutOrExtended()
    {
        var bytes = Request("abcd"u8, "efgh"u8);

        Assert.Equal(DatagramKind.Stun, StunDemux.Classify(bytes));
        Assert.Equal(DatagramKind.Unknown, StunDemux.Classify(bytes.AsSpan(0, bytes.Length - 1)));
        Assert.Equal(DatagramKind.Unknown, StunDemux.Classify([.. bytes, 0]));
    }

    [Fact]
    public void LocalUfrag_OfBindingRequest_IsWhatStandsBeforeTheColon()
    {
        Assert.True(StunDemux.TryReadUsernameLocalUfrag(Request("ourUfrag"u8, "their+/9"u8), out var ufrag));
        Assert.Equal("ourUfrag", Encoding.ASCII.GetString(ufrag));
    }

    [Fact]
    public void LocalUfrag_OfOtherMessages_IsNotFound()
    {
        Assert.False(StunDemux.TryReadUsernameLocalUfrag(Request(""u8, "efgh"u8), out _));
        Assert.False(StunDemux.TryReadUsernameLocalUfrag([], out _));
        var writer = new StunWriter(stackalloc byte[64], StunMessageType.BindingSuccess, default);
        UsernameAttribute.Write(ref writer, "abcd"u8, "efgh"u8);
        Assert.False(StunDemux.TryReadUsernameLocalUfrag(writer.Written, out _));
        writer = new StunWriter(stackalloc byte[64], StunMessageType.BindingRequest, default);
        writer.Write(StunAttributeType.Username, "no colon"u8);
        Assert.False(StunDemux.TryReadUsernameLocalUfrag(writer.Written, out _));
    }

    private static byte[] Request(ReadOnlySpan<byte> receiver, ReadOnlySpan<byte> sender)
    {
        var writer = new StunWriter(stackalloc byte[128], StunMessageType.BindingRequest, new StunTransactionId(1, 2));
        UsernameAttribute.Write(ref writer, receiver, sender);
        return writer.Written.ToArray();
    }
}

using KillaBeez.WebRtc.Sctp;
using KillaBeez.WebRtc.Sctp.Packet;
using KillaBeez.WebRtc.Sctp.Packet.Chunks;
using KillaBeez.WebRtc.Sctp.Packet.Parameters;
using KillaBeez.WebRtc.Sctp.Setup;

namespace KillaBeez.WebRtc.Tests.Sctp;

public sealed class PeerDescriptionTests
{
    /// <summary>An unknown chunk ended werift's process: no PAD may be sent to who looks like it.</summary>
    [Theory]
    [InlineData("werift, aiortc", 1024 * 1024, new byte[] { 0xC0, 0x82 }, false)]
    [InlineData("pion 3", 1024 * 1024, new byte[] { 0x82, 0xC0 }, false)]
    [InlineData("Chromium", 5 * 1024 * 1024, new byte[] { 0x82, 0xC0 }, true)]
    [InlineData("Chromium with I-DATA", 5 * 1024 * 1024, new byte[] { 0x82, 0xC0, 0x40, 0xC2 }, true)]
    [InlineData("libdatachannel", 1024 * 1024, new byte[] { 0xC0, 0x0F, 0xC1, 0x80, 0x82 }, true)]
    public void Read_InitOfAStackInTheField_KnowsWhetherItTakesPadding(string stack, int window, byte[] extensions, bool takes)
    {
        var parameters = new SpanWriter(new byte[64]);
        Tlv.Write(ref parameters, ParameterType.SupportedExtensions, extensions);
        var init = new InitChunk { InitiateTag = 1, ReceiverWindow = (uint)window, OutboundStreams = 1, InboundStreams = 1, Parameters = parameters.Written };

        var peer = PeerDescription.Read(in init, new SctpOptions(), out _);

        Assert.True(takes == peer.Can(PeerCapabilities.TakesPadding), stack);
    }
}

using KillaBeez.WebRtc.Ice;
using KillaBeez.WebRtc.Sdp;
using KillaBeez.WebRtc.Tests.Ice;

namespace KillaBeez.WebRtc.Tests.Sdp;

public sealed class SdpWriterTests
{
    [Fact]
    public void Offer_IsWrittenAsTheSmallestSession()
    {
        var expected = SdpSamples.Lines(
            "v=0",
            "o=- 4611731400430051336 0 IN IP4 127.0.0.1",
            "s=-",
            "t=0 0",
            "a=group:BUNDLE 0",
            "a=ice-options:trickle ice2",
            "a=msid-semantic: WMS",
            "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
            "c=IN IP4 0.0.0.0",
            "a=mid:0",
            "a=ice-ufrag:uFrag+/1",
            "a=ice-pwd:" + SdpSamples.Password,
            "a=fingerprint:" + SdpSamples.Fingerprint,
            "a=setup:actpass",
            "a=sctp-port:5000",
            "a=max-message-size:262144");

        Assert.Equal(expected, SdpWriter.Write(SdpNegotiation.CreateOffer(SdpSamples.Local)));
    }

    [Fact]
    public void Offer_WithCandidates_EndsWithThem()
    {
        var local = SdpSamples.Local with
        {
            Candidates = [IceCandidate.Host(IceNetwork.Parse("192.0.2.7:4000")), IceCandidate.Host(IceNetwork.Parse("[2001:db8::7]:4000"))],
            HasEndOfCandidates = true,
        };
        var text = SdpWriter.Write(SdpNegotiation.CreateOffer(local));

        Assert.Matches(
            @"a=candidate:\d+ 1 udp 2130706431 192\.0\.2\.7 4000 typ host\r\na=candidate:\d+ 1 udp 2130706431 2001:db8::7 4000 typ host\r\na=end-of-candidates\r\n$",
            text);
        var read = SdpSamples.Read(text);
        Assert.True(read.HasEndOfCandidates);
        Assert.Equal(local.Candidates.Select(c => c.ToString()), read.Candidates.Select(c => c.ToString()));
    }

    [Fact]
    public void Description_WrittenAndRead_IsTheSame()
    {
        var offer = SdpNegotiation.CreateOffer(SdpSamples.Local with { SctpPort = 5001, MaxMessageSize = 0, Mid = "data" });
        var read = SdpSamples.Read(SdpWriter.Write(offer));

        Assert.Equal(offer.SessionId, read.SessionId);
        Assert.Equal(offer.SessionVersion, read.SessionVersion);
        Assert.Equal(offer.Mid, read.Mid);
        Assert.Equal(offer.IceCredentials, read.IceCredentials);
        Assert.Equal(offer.IceOptions, read.IceOptions);
        Assert.Equal(offer.Fingerprints, read.Fingerprints);
        Assert.Equal(offer.Setup, read.Setup);
        Assert.Equal(offer.SctpPort, read.SctpPort);
        Assert.Equal(offer.MaxMessageSize, read.MaxMessageSize);
        Assert.Equal(offer.Protocol, read.Protocol);
        Assert.Equal(offer.HasBundle, read.HasBundle);
    }

    [Fact]
    public void Fingerprint_MatchesItsCertificateOnly()
    {
        byte[] certificate = [1, 2, 3];
        var fingerprint = SdpFingerprint.OfCertificate(certificate);

        Assert.True(fingerprint.Matches(certificate));
        Assert.False(fingerprint.Matches([1, 2, 4]));
        Assert.Equal(fingerprint, SdpSamples.Parse(fingerprint.ToString().ToLowerInvariant()));

        var sha1 = SdpSamples.Parse("SHA-1 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13");
        Assert.False(sha1.IsTrusted);
        Assert.False(sha1.Matches(certificate));
    }

    [Theory]
    [InlineData("")]
    [InlineData("sha-256")]
    [InlineData("sha-256 00")]
    [InlineData("sha-256 0001")]
    [InlineData("crc 00:01")]
    [InlineData("sha-1 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:1G")]
    [InlineData("sha-1 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:+3")]
    public void Fingerprint_Malformed_IsRefused(string text) => Assert.False(SdpFingerprint.TryParse(text, out _));
}

using KillaBeez.WebRtc.Sdp;

namespace KillaBeez.WebRtc.Tests.Sdp;

public sealed class SdpNegotiationTests
{
    private static readonly DataChannelSessionDescription Offer = SdpNegotiation.CreateOffer(SdpSamples.Local);

    [Theory]
    [InlineData("actpass", null, "Active")]
    [InlineData("active", null, "Passive")]
    [InlineData("passive", null, "Active")]
    [InlineData("actpass", true, "Active")]
    [InlineData("actpass", false, "Passive")]
    public void Answer_SetupFollowsOfferAndEstablishedRole(string offered, bool? establishedIsClient, string expected)
    {
        var offer = SdpSamples.Read(SdpSamples.Chromium.Replace("setup:actpass", $"setup:{offered}", StringComparison.Ordinal));
        var answer = SdpNegotiation.CreateAnswer(offer, SdpSamples.Local with { EstablishedIsDtlsClient = establishedIsClient });

        Assert.Equal(expected, answer.Setup.ToString());
        Assert.True(SdpNegotiation.TryNegotiate(offer, answer, isOfferer: true, 1, out var offerer, out _));
        Assert.True(SdpNegotiation.TryNegotiate(answer, offer, isOfferer: false, 1, out var answerer, out _));
        Assert.NotEqual(offerer!.IsDtlsClient, answerer!.IsDtlsClient);
        Assert.Equal(answer.Setup == SdpSetup.Active, answerer.IsDtlsClient);
    }

    [Fact]
    public void FurtherOffer_OfAnEstablishedClient_SaysActPassAgain() =>
        Assert.Equal(SdpSetup.ActPass, SdpNegotiation.CreateOffer(SdpSamples.Local with { EstablishedIsDtlsClient = true }).Setup);

    [Fact]
    public void Negotiate_AnswerWithoutRole_Fails()
    {
        Assert.False(SdpNegotiation.TryNegotiate(Offer, Offer, isOfferer: true, 1, out _, out var error));
        Assert.Equal(SdpNegotiationError.NoDtlsRoles, error);

        var active = Offer with { Setup = SdpSetup.Active };
        Assert.False(SdpNegotiation.TryNegotiate(active, active, isOfferer: true, 1, out _, out _));
    }

    [Fact]
    public void Negotiate_SetupAbsentInAnswer_MeansActive()
    {
        var answer = Offer with { Setup = null };
        Assert.True(SdpNegotiation.TryNegotiate(Offer, answer, isOfferer: true, 1, out var negotiated, out _));
        Assert.False(negotiated!.IsDtlsClient);
    }

    [Theory]
    [InlineData(null, 262144, 65536)]
    [InlineData(0L, 262144, 262144)]
    [InlineData(1000L, 262144, 1000)]
    [InlineData(1073741823L, 262144, 262144)]
    public void MaxMessageSize_LimitsWhatIsSent(long? remote, long cap, long expected)
    {
        var answer = Offer with { Setup = SdpSetup.Active, MaxMessageSize = remote, SctpPort = 5001 };
        Assert.True(SdpNegotiation.TryNegotiate(Offer, answer, isOfferer: true, cap, out var negotiated, out _));
        Assert.Equal(new SdpNegotiated(false, 5000, 5001, expected), negotiated);
    }

    [Fact]
    public void SessionId_HasItsHighestBitClear()
    {
        var random = new SeededRandomSource(3);
        for (var i = 0; i < 1000; i++)
        {
            Assert.True(SdpNegotiation.NewSessionId(random) <= long.MaxValue);
        }
    }
}

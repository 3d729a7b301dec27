using System.Text;
using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Tests.Stun;

public sealed class StunNonceTests
{
    [Fact]
    public void Cookie_IsWrittenAsGoldenBytesAndReadBack()
    {
        Assert.Equal("obMatJos2AAAA", Cookie(StunSecurityFeatures.None));
        Assert.Equal("obMatJos2AAAB", Cookie(StunSecurityFeatures.PasswordAlgorithms));
        Assert.Equal("obMatJos2AAAD", Cookie(StunSecurityFeatures.PasswordAlgorithms | StunSecurityFeatures.UsernameAnonymity));
        Assert.Equal(StunSecurityFeatures.UsernameAnonymity, StunNonce.ReadFeatures(Encoding.ASCII.GetBytes(Cookie(StunSecurityFeatures.UsernameAnonymity) + "rest")));
    }

    [Theory]
    [InlineData("obMatJos2gAAA", 1)]
    [InlineData("obMatJos2QAAA", 2)]
    [InlineData("obMatJos2wAAAtail", 3)]
    public void Nonce_WhoseBitsCountFromTheLeft_IsUnderstood(string nonce, int features)
    {
        Assert.Equal((StunSecurityFeatures)features, StunNonce.ReadFeatures(Encoding.ASCII.GetBytes(nonce)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("obMatJos2")]
    [InlineData("obMatJos2wAA")]
    [InlineData("obMatJos2wA==")]
    [InlineData("obMatJos2----")]
    [InlineData("obmatjos2wAAA")]
    [InlineData("xobMatJos2wAAA")]
    public void Nonce_WithoutAWholeCookie_HasNoFeatures(string nonce)
    {
        Assert.Equal(StunSecurityFeatures.None, StunNonce.ReadFeatures(Encoding.ASCII.GetBytes(nonce)));
    }

    [SkippableFact]
    public void Nonce_OfRfc8489_SaysThatUsernamesAreHashed()
    {
        Assert.True(StunMessage.TryParse(StunVectors.Load("rfc8489-B.1-erratum6268"), out var message, out _));
        Assert.True(message.TryGet(StunAttributeType.Nonce, out var nonce));
        Assert.StartsWith("obMatJos2AAAC", Encoding.ASCII.GetString(nonce), StringComparison.Ordinal);
        Assert.Equal(StunSecurityFeatures.UsernameAnonymity, StunNonce.ReadFeatures(nonce));
    }

    private static string Cookie(StunSecurityFeatures features)
    {
        var writer = new SpanWriter(stackalloc byte[StunNonce.CookieBytes]);
        StunNonce.WriteCookie(ref writer, features);
        return Encoding.ASCII.GetString(writer.Written);
    }
}

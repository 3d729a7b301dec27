using KillaBeez.Swarm.Signaling;

namespace KillaBeez.Swarm.Tests.Signaling;

public class SignalSealerTests
{
    [Theory]
    [InlineData("")]
    [InlineData("candidate:1 1 udp 1 127.0.0.1 1 typ host")]
    [InlineData("späte Grüße ☃ 🐝")]
    public void TryOpen_WhatWasSealed_GivesTheContent(string body)
    {
        foreach (var kind in Enum.GetValues<SignalKind>())
        {
            var content = Samples.Content with { Kind = kind, Body = body };
            var signal = SignalSealer.Seal(Samples.Alice, Samples.Bob.Id, content, Samples.NowUnixMs, SystemRandomSource.Instance);

            Assert.True(SignalSealer.TryOpen(Samples.Bob, signal, out var opened, out var error), error.ToString());
            Assert.Equal(content, opened);
        }
    }

    [Fact]
    public void TryOpen_AtAnotherKey_IsNotForMe() =>
        AssertRefused(Samples.Carol, Samples.Seal(Samples.Alice, Samples.Bob.Id), SignalOpenError.NotForMe);

    [Fact]
    public void TryOpen_ReaddressedAndSignedAgainByItsSender_CannotBeRead() =>
        AssertRefused(
            Samples.Carol,
            Samples.Resign(Samples.Alice, Samples.Seal(Samples.Alice, Samples.Bob.Id) with { To = Samples.Carol.Id }),
            SignalOpenError.BadBox);

    [Fact]
    public void TryOpen_AnothersBoxUnderOnesOwnName_CannotBeRead() =>
        AssertRefused(
            Samples.Bob,
            Samples.Resign(Samples.Carol, Samples.Seal(Samples.Alice, Samples.Bob.Id) with { From = Samples.Carol.Id }),
            SignalOpenError.BadBox);

    [Fact]
    public void TryOpen_LongerLifeWithoutNewSignature_IsBadSignature()
    {
        var signal = Samples.Seal(Samples.Alice, Samples.Bob.Id);

        AssertRefused(Samples.Bob, signal with { ExpiresUnixMs = signal.ExpiresUnixMs + 1 }, SignalOpenError.BadSignature);
    }

    [Fact]
    public void TryOpen_EphemeralKeyOfSmallOrder_IsRefused() =>
        AssertRefused(
            Samples.Bob,
            Samples.Resign(Samples.Alice, Samples.Seal(Samples.Alice, Samples.Bob.Id) with { EphemeralKey = new byte[32] }),
            SignalOpenError.BadEphemeralKey);

    [Fact]
    public void Seal_TwiceTheSame_SharesNothing()
    {
        var a = Samples.Seal(Samples.Alice, Samples.Bob.Id);
        var b = Samples.Seal(Samples.Alice, Samples.Bob.Id);

        Assert.NotEqual(a.Id, b.Id);
        Assert.False(a.EphemeralKey.Span.SequenceEqual(b.EphemeralKey.Span));
        Assert.False(a.Box.Span.SequenceEqual(b.Box.Span));
    }

    [Fact]
    public void Seal_ReceiverThatIsNoKey_Throws()
    {
        var exception = Assert.Throws<KillaBeezException>(() => Samples.Seal(Samples.Alice, default));

        Assert.Equal(KillaBeezError.InvalidKey, exception.Error);
    }

    [Fact]
    public void Seal_BodyOverTheLimit_Throws() =>
        Assert.Throws<ArgumentException>(() => Samples.Seal(Samples.Alice, Samples.Bob.Id, body: new string('x', SignalLimits.MaximumBodyBytes + 1)));

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("01000102030405060708090a0b0c0d0e")]
    [InlineData("00000102030405060708090a0b0c0d0e0f")]
    [InlineData("06000102030405060708090a0b0c0d0e0f")]
    [InlineData("01000102030405060708090a0b0c0d0e0fff")]
    public void Content_MalformedBytes_IsRefused(string hex) =>
        Assert.False(SignalContent.TryParse(Convert.FromHexString(hex), out _));

    private static void AssertRefused(KeyPair me, SealedSignal signal, SignalOpenError expected)
    {
        Assert.False(SignalSealer.TryOpen(me, signal, out var content, out var error));
        Assert.Null(content);
        Assert.Equal(expected, error);
    }
}

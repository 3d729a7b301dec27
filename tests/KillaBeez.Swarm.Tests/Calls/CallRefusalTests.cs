using KillaBeez.Swarm.Calls;

namespace KillaBeez.Swarm.Tests.Calls;

public sealed class CallRefusalTests
{
    private static readonly string _key = new('a', 64);

    [Fact]
    public void Plain_IsTheWordThatOlderNodesKnow()
    {
        Assert.Equal("refused", CallRefusal.Plain.ToBody());
        Assert.True(CallRefusal.TryParse("refused", out var read));
        Assert.Null(read.Code);
        Assert.Empty(read.Others);
    }

    [Theory]
    [InlineData(null, 1)]
    [InlineData(0u, 0)]
    [InlineData(4711u, 2)]
    [InlineData(uint.MaxValue, 4)]
    public void Body_IsReadAsItWasWritten(uint? code, int keys)
    {
        PeerId[] others = [.. Enumerable.Range(1, keys).Select(i => PeerId.Parse(new string((char)('0' + i), 64)))];
        Assert.True(CallRefusal.TryParse(new CallRefusal(code, others).ToBody(), out var read));
        Assert.Equal(code, read.Code);
        Assert.Equal(others, read.Others);
    }

    [Fact]
    public void OtherTexts_AreNoRefusals()
    {
        var five = string.Concat(Enumerable.Range(1, 5).Select(i => $" {new string((char)('0' + i), 64)}"));
        foreach (var text in new[]
        {
            "", "refuse", "Refused", "refused ", " refused", "refused.", "refused  " + _key, "refused " + _key + " ", "refused\t" + _key,
            "refused " + _key[1..], "refused " + _key + "a", "refused " + _key.ToUpperInvariant(), "refused #", "refused #01", "refused #-1",
            "refused #+1", "refused #4294967296", "refused #1 #2", "refused " + _key + " #1", "refused " + _key + " " + _key, "refused" + five,
            "refused #1" + _key, "refused" + new string(' ', 100_000),
        })
        {
            Assert.False(CallRefusal.TryParse(text, out _), text);
        }
    }

    [Fact]
    public void OfferMark_ComesOffAsItWasPut()
    {
        const string offer = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\n";
        Assert.False(OfferMark.IsOn(offer));
        Assert.Equal(offer, OfferMark.TakeOff(offer));
        var marked = OfferMark.Put(offer);
        Assert.True(OfferMark.IsOn(marked));
        Assert.Equal(offer, OfferMark.TakeOff(marked));
        var longest = new string('x', Swarm.Signaling.SignalLimits.MaximumBodyBytes - 5);
        Assert.Equal(longest, OfferMark.Put(longest));
    }
}

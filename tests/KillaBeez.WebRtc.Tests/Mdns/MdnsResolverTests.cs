using KillaBeez.WebRtc.Mdns;

namespace KillaBeez.WebRtc.Tests.Mdns;

public sealed class MdnsResolverTests
{
    private const string Name = "3e4ca78d-5e9c-4d0b-8e2e-1f3a8e3f2b52.local";
    private const string Other = "00000000-5e9c-4d0b-8e2e-1f3a8e3f2b52.local";
    private readonly MdnsResolver _resolver = new();
    private Instant _now = Instant.FromElapsed(TimeSpan.FromHours(1));

    [Fact]
    public void Lookup_Answered_EndsWithTheAddress()
    {
        _resolver.Resolve(_now, Name);
        Assert.Equal([0], SendTimes(TimeSpan.FromMilliseconds(500)));
        Assert.True(_resolver.HandleDatagram(_now, DnsForge.Answer((Name, "10.0.0.2", 120))));
        Assert.Equal([(Name, "10.0.0.2")], Events());
        Assert.Equal(Instant.Never, _resolver.NextTimeout);
        Assert.False(_resolver.HandleDatagram(_now, DnsForge.Answer((Name, "10.6.6.6", 120))));
        Assert.Empty(Events());
    }

    [Fact]
    public void Lookup_Unanswered_AsksThreeTimesAndGivesUp()
    {
        _resolver.Resolve(_now, Name);
        Assert.Equal([0, 1000, 3000], SendTimes(TimeSpan.FromSeconds(7.9)));
        Assert.Empty(Events());
        Assert.Empty(SendTimes(TimeSpan.FromSeconds(0.2)));
        Assert.Equal([(Name, null)], Events());
        Assert.Equal(Instant.Never, _resolver.NextTimeout);
        Assert.Equal(1, _resolver.Statistics.TimedOut);
    }

    [Fact]
    public void Name_RegisteredAfterTheFirstQuery_IsFound()
    {
        _resolver.Resolve(_now, Name);
        SendTimes(TimeSpan.FromSeconds(3.5));
        Assert.True(_resolver.HandleDatagram(_now, DnsForge.Answer((Name.ToUpperInvariant(), "10.0.0.2", 120))));
        Assert.Equal([(Name, "10.0.0.2")], Events());
    }

    [Theory]
    [InlineData("2001:db8::2", "10.0.0.2", "fe80::2", "2001:db8::2")]
    [InlineData("fe80::2", "10.0.0.2", "fe80::3", "10.0.0.2")]
    [InlineData("fe80::2", "fe80::3", "fe80::4", "fe80::2")]
    public void Answer_WithSeveralAddresses_GivesTheMostUsefulOne(string first, string second, string third, string expected)
    {
        _resolver.Resolve(_now, Name);
        Assert.True(_resolver.HandleDatagram(_now, DnsForge.Answer((Name, first, 120), (Name, second, 120), (Name, third, 120))));
        Assert.Equal([(Name, expected)], Events());
    }

    [Fact]
    public void Answer_ToWhatWasNotAsked_IsIgnored()
    {
        _resolver.Resolve(_now, Name);
        Assert.False(_resolver.HandleDatagram(_now, DnsForge.Answer((Other, "10.6.6.6", 120))));
        Assert.False(_resolver.HandleDatagram(_now, DnsForge.Answer(("local", "10.6.6.6", 120), ("x." + Name, "10.6.6.6", 120))));
        Assert.False(_resolver.HandleDatagram(_now, DnsForge.Message(0x0000, (Name, "10.6.6.6", 120))));
        Assert.False(_resolver.HandleDatagram(_now, DnsForge.Message(0x8403, (Name, "10.6.6.6", 120))));
        Assert.False(_resolver.HandleDatagram(_now, DnsForge.Message(0x9400, (Name, "10.6.6.6", 120))));
        Assert.False(_resolver.HandleDatagram(_now, DnsForge.Answer((Name, "10.6.6.6", 0))));
        Assert.Equal(6, _resolver.Statistics.Ignored);

        // A name that is not asked for is not remembered for later either.
        _resolver.Resolve(_now, Other);
        Assert.Empty(Events());
    }

    [Fact]
    public void Answer_WithAFaultBehindTheAddress_IsNotBelieved()
    {
        _resolver.Resolve(_now, Name);
        var answer = DnsForge.Answer((Name, "10.0.0.2", 120), (Other, "10.0.0.3", 120));
        for (var length = 0; length < answer.Length; length++)
        {
            Assert.False(_resolver.HandleDatagram(_now, answer.AsSpan(0, length)));
        }

        Assert.Equal(answer.Length, _resolver.Statistics.Malformed);
        Assert.Empty(Events());
        Assert.True(_resolver.HandleDatagram(_now, answer));
    }

    [Fact]
    public void Lookup_OfOneNameTwice_IsOneLookup()
    {
        _resolver.Resolve(_now, Name);
        _resolver.Resolve(_now, Name.ToUpperInvariant());
        Assert.Equal([0], SendTimes(TimeSpan.Zero));
        _resolver.HandleDatagram(_now, DnsForge.Answer((Name, "10.0.0.2", 120)));
        Assert.Single(Events());
    }

    [Theory]
    [InlineData("printer.local")]
    [InlineData("3e4ca78d-5e9c-4d0b-8e2e-1f3a8e3f2b52.example")]
    [InlineData("{e4ca78d-5e9c-4d0b-8e2e-1f3a8e3f2b52}.local")]
    [InlineData("")]
    public void Name_ThatNoBrowserMakes_IsRefusedWithoutAQuestion(string name)
    {
        _resolver.Resolve(_now, name);
        Assert.Equal([(name, null)], Events());
        Assert.Empty(SendTimes(TimeSpan.FromSeconds(10)));
    }

    [Theory]
    [InlineData(10, 10)]
    [InlineData(4500, 120)]
    public void Result_IsRememberedForItsTime_AndNotLongerThanTheLimit(uint ttlSeconds, int remembered)
    {
        _resolver.Resolve(_now, Name);
        _resolver.HandleDatagram(_now, DnsForge.Answer((Name, "10.0.0.2", ttlSeconds)));
        Events();
        _now += TimeSpan.FromSeconds(remembered - 0.1);
        _resolver.Resolve(_now, Name);
        Assert.Equal([(Name, "10.0.0.2")], Events());
        _now += TimeSpan.FromSeconds(0.1);
        _resolver.Resolve(_now, Name);
        Assert.Empty(Events());
        Assert.Single(SendTimes(TimeSpan.Zero));
    }

    [Fact]
    public void Lookups_BeyondTheLimit_EndAtOnce()
    {
        for (var i = 0; i < MdnsLimits.MaxPendingNames + 10; i++)
        {
            _resolver.Resolve(_now, Numbered(i));
        }

        Assert.Equal(10, Events().Count(e => e.Address is null));
        Assert.Equal(MdnsLimits.MaxPendingNames, SendTimes(TimeSpan.Zero).Count);
        Assert.Equal(10, _resolver.Statistics.LimitDrops);
    }

    [Fact]
    public void Cache_IsBounded_AndForgetsWhatExpiresFirst()
    {
        var cache = new MdnsCache();
        for (var i = 0; i < 1000; i++)
        {
            cache.Set(_now, Numbered(i), TransportAddress.FromIPv4([10, 0, 0, 1], 0), i == 0 ? 120u : 60u);
        }

        Assert.Equal(MdnsLimits.MaxCachedNames, cache.Count);
        Assert.True(cache.TryGet(_now, Numbered(0), out _));
        Assert.True(cache.TryGet(_now, Numbered(999), out _));
    }

    private static string Numbered(int i) => $"3e4ca78d-5e9c-4d0b-8e2e-1f3a8e3f{i:x4}.local";

    /// <summary>Lets time pass; returns when queries left, in milliseconds from now.</summary>
    private List<double> SendTimes(TimeSpan time)
    {
        var sent = new List<double>();
        var start = _now;
        var buffer = new byte[MdnsResolver.MinTransmitBytes];
        while (true)
        {
            while (_resolver.TryPollTransmit(_now, buffer, out _))
            {
                sent.Add((_now - start).TotalMilliseconds);
            }

            if (_resolver.NextTimeout > start + time)
            {
                _now = start + time;
                return sent;
            }

            _now = _resolver.NextTimeout;
            _resolver.HandleTimeout(_now);
        }
    }

    private List<(string Name, string? Address)> Events()
    {
        var events = new List<(string, string?)>();
        while (_resolver.TryPollEvent(out var e))
        {
            events.Add((e.Name, e.Address?.Address.ToString()));
        }

        return events;
    }
}

using KillaBeez.WebRtc.Ice;

namespace KillaBeez.WebRtc.Tests.Ice;

public sealed class IceCandidateLineTests
{
    [Theory]
    [InlineData("candidate:1467250027 1 udp 2122260223 192.168.0.196 46243 typ host generation 0 network-id 1 network-cost 999")]
    [InlineData("a=candidate:1467250027 1 UDP 2122260223 192.168.0.196 46243 TYP HOST")]
    [InlineData("1467250027 1 udp 2122260223 192.168.0.196 46243 typ host")]
    [InlineData("  candidate:1467250027  1 Udp 2122260223\t192.168.0.196 46243 typ host \r\n")]
    [InlineData("candidate:1467250027 1 udp 2122260223 192.168.0.196 46243 typ host dangling")]
    public void HostLine_InItsManyForms_IsRead(string line)
    {
        var candidate = Read(line);
        Assert.Equal("1467250027", candidate.Foundation);
        Assert.Equal(IceCandidateType.Host, candidate.Type);
        Assert.Equal(IceTransport.Udp, candidate.Transport);
        Assert.Equal(2122260223u, candidate.Priority);
        Assert.Equal(IceNetwork.Parse("192.168.0.196:46243"), candidate.Address);
    }

    [Fact]
    public void ReflexiveLine_WithExtensions_IsReadAndWrittenBack()
    {
        const string line = "candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr 0.0.0.0 rport 0 ufrag wXyZ";
        var candidate = Read(line + " generation 0 network-cost 50");
        Assert.Equal(IceCandidateType.ServerReflexive, candidate.Type);
        Assert.Equal("wXyZ", candidate.Ufrag);
        Assert.Equal(IceNetwork.Parse("0.0.0.0:0"), candidate.RelatedAddress);
        Assert.Equal(line, candidate.ToString());
    }

    [Theory]
    [InlineData("candidate:1 1 udp 1 2001:db8::1 5000 typ relay raddr 2001:db8::2 rport 6000")]
    [InlineData("candidate:a+/Z 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active")]
    [InlineData("candidate:1 1 udp 4294967295 3e4ca78d-5e9c-4d0b-8e2e-1f3a8e3f2b52.local 50123 typ host")]
    public void Line_ReadAndWritten_IsTheSame(string line) => Assert.Equal(line, Read(line).ToString());

    [Fact]
    public void Line_WithIPv6Zone_LosesIt() =>
        Assert.Equal("candidate:1 1 udp 1 fe80::1 5000 typ host", Read("candidate:1 1 udp 1 fe80::1%eth0 5000 typ host").ToString());

    [Theory]
    [InlineData("tcptype passive generation 0", "passive", null)]
    [InlineData("generation 0 ufrag abcd network-cost 10 tcptype so", "so", "abcd")]
    [InlineData("x-unknown typ raddr z tcptype active", "active", null)]
    [InlineData("rport notaport tcptype passive", "passive", null)]
    [InlineData("raddr example.org rport 5 ufrag abcd", null, "abcd")]
    [InlineData("tcptype passive ufrag", "passive", null)]
    public void Line_WithAnyExtensions_KeepsWhatItKnows(string extensions, string? tcpType, string? ufrag)
    {
        var candidate = Read("candidate:1 1 tcp 1 192.0.2.1 5000 typ host " + extensions);
        Assert.Equal(tcpType, candidate.TcpType);
        Assert.Equal(ufrag, candidate.Ufrag);
        Assert.Null(candidate.RelatedAddress);
        Assert.Equal(IceNetwork.Parse("tcp:192.0.2.1:5000"), candidate.Address);
    }

    [Fact]
    public void Line_WithZones_LosesThemInTheRelatedAddressToo() => Assert.Equal(
        "candidate:1 1 udp 1 2001:db8::1 5000 typ srflx raddr fe80::1 rport 6",
        Read("candidate:1 1 udp 1 2001:db8::1%3 5000 typ srflx raddr fe80::1%en0 rport 6").ToString());

    [Theory]
    [InlineData("", nameof(IceCandidateParseError.MissingField))]
    [InlineData("candidate:", nameof(IceCandidateParseError.MissingField))]
    [InlineData("candidate:1 1 udp 1 192.0.2.1 5000", nameof(IceCandidateParseError.MissingField))]
    [InlineData("candidate:1 1 udp 1 192.0.2.1 5000 kind host", nameof(IceCandidateParseError.MissingField))]
    [InlineData("candidate:1 1 udp 1 192.0.2.1 5000 typ strange", nameof(IceCandidateParseError.UnknownType))]
    [InlineData("candidate:1 1 sctp 1 192.0.2.1 5000 typ host", nameof(IceCandidateParseError.UnknownTransport))]
    [InlineData("candidate:1 0 udp 1 192.0.2.1 5000 typ host", nameof(IceCandidateParseError.BadComponent))]
    [InlineData("candidate:1 257 udp 1 192.0.2.1 5000 typ host", nameof(IceCandidateParseError.BadComponent))]
    [InlineData("candidate:1 1 udp 4294967296 192.0.2.1 5000 typ host", nameof(IceCandidateParseError.BadPriority))]
    [InlineData("candidate:1 1 udp -1 192.0.2.1 5000 typ host", nameof(IceCandidateParseError.BadPriority))]
    [InlineData("candidate:1 1 udp 1 192.0.2.1 65536 typ host", nameof(IceCandidateParseError.BadPort))]
    [InlineData("candidate:1 1 udp 1 192.0.2.256 5000 typ host", nameof(IceCandidateParseError.BadAddress))]
    [InlineData("candidate:1 1 udp 1 1 5000 typ host", nameof(IceCandidateParseError.BadAddress))]
    [InlineData("candidate:1 1 udp 1 192.0.2 5000 typ host", nameof(IceCandidateParseError.BadAddress))]
    [InlineData("candidate:1 1 udp 1 ::g 5000 typ host", nameof(IceCandidateParseError.BadAddress))]
    [InlineData("candidate:1 1 udp 1 % 5000 typ host", nameof(IceCandidateParseError.BadAddress))]
    [InlineData("candidate:1 1 udp 1 http://x 5000 typ host", nameof(IceCandidateParseError.BadAddress))]
    [InlineData("candidate:123456789012345678901234567890123 1 udp 1 192.0.2.1 5000 typ host", nameof(IceCandidateParseError.BadFoundation))]
    [InlineData("candidate:a:b 1 udp 1 192.0.2.1 5000 typ host", nameof(IceCandidateParseError.BadFoundation))]
    public void Line_Malformed_IsRefusedByName(string line, string expected)
    {
        Assert.False(IceCandidateLine.TryParse(line, out var candidate, out var error));
        Assert.Null(candidate);
        Assert.Equal(expected, error.ToString());
    }

    [Fact]
    public void Line_RandomlyChangedOrCut_NeverThrows()
    {
        const string line = "candidate:842163049 1 udp 1677729535 2001:db8::7%1 46154 typ srflx raddr 0.0.0.0 rport 0 ufrag wXyZ";
        var random = new SeededRandomSource(8);
        for (var round = 0; round < 20_000; round++)
        {
            var text = line.ToCharArray();
            for (var i = 0; i < 3; i++)
            {
                text[random.NextInt32(0, text.Length)] = (char)random.NextInt32(0, 256);
            }

            if (IceCandidateLine.TryParse(text.AsSpan(0, random.NextInt32(0, text.Length + 1)), out var candidate, out _))
            {
                Assert.True(IceCandidateLine.TryParse(candidate!.ToString(), out var again, out _));
                Assert.Equal(candidate.ToString(), again!.ToString());
            }
        }

        Assert.False(IceCandidateLine.TryParse(line + new string(' ', IceLimits.MaxCandidateLineChars), out _, out var error));
        Assert.Equal(IceCandidateParseError.TooLong, error);
    }

    [Fact]
    public void Priorities_FollowTheFormulas()
    {
        Assert.Equal(2130706431u, IcePriority.ForCandidate(IceCandidateType.Host, 65535));
        Assert.Equal(0x6EFFFFFFu, IcePriority.AsPeerReflexive(2130706431));
        Assert.Equal((1UL << 32) + 4 + 0, IcePriority.ForPair(1, 2));
        Assert.Equal((1UL << 32) + 4 + 1, IcePriority.ForPair(2, 1));
        Assert.True(IcePriority.LocalPreference(isIPv6: true, 1000) > IcePriority.LocalPreference(isIPv6: false, 0));
    }

    [Fact]
    public void Foundation_IsSharedByPortsOfOneAddressOnly()
    {
        var one = IceCandidate.Host(IceNetwork.Parse("192.0.2.1:1"));
        Assert.Equal(one.Foundation, IceCandidate.Host(IceNetwork.Parse("192.0.2.1:2")).Foundation);
        Assert.NotEqual(one.Foundation, IceCandidate.Host(IceNetwork.Parse("192.0.2.2:1")).Foundation);
        Assert.NotEqual(one.Foundation, IceCandidate.PeerReflexive(IceNetwork.Parse("192.0.2.1:1"), 1).Foundation);
    }

    [Fact]
    public void Credentials_NewOnes_AreLegalAndDiffer()
    {
        var random = new SeededRandomSource(1);
        var seen = new HashSet<string>();
        for (var i = 0; i < 1000; i++)
        {
            var credentials = IceCredentials.Generate(random);
            Assert.True(IceCredentials.TryCreate(credentials.Ufrag, credentials.Password, out var same));
            Assert.Equal(credentials, same);
            Assert.True(seen.Add(credentials.Ufrag));
            Assert.DoesNotContain(credentials.Password, credentials.ToString(), StringComparison.Ordinal);
        }
    }

    private static IceCandidate Read(string line)
    {
        Assert.True(IceCandidateLine.TryParse(line, out var candidate, out var error), error.ToString());
        return candidate!;
    }
}

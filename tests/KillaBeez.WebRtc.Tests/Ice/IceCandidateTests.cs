using KillaBeez.WebRtc.Ice;

namespace KillaBeez.WebRtc.Tests.Ice;

public sealed class IceCandidateTests
{
    private static readonly TransportAddress Base = IceNetwork.Parse("192.168.1.5:5000");
    private static readonly TransportAddress Mapped = IceNetwork.Parse("203.0.113.7:42000");
    private static readonly TransportAddress Relayed = IceNetwork.Parse("198.51.100.9:49152");
    private static readonly TransportAddress Server = IceNetwork.Parse("198.51.100.1:3478");

    [Fact]
    public void Lines_OfEveryKind_NameTheRelatedAddressAndTheTcpType()
    {
        Assert.EndsWith(" 1 udp 2130706431 192.168.1.5 5000 typ host", IceCandidate.Host(Base).ToString(), StringComparison.Ordinal);
        Assert.EndsWith(
            " 1 udp 1694498815 203.0.113.7 42000 typ srflx raddr 192.168.1.5 rport 5000",
            IceCandidate.ServerReflexive(Mapped, Base, Server).ToString(),
            StringComparison.Ordinal);
        Assert.EndsWith(
            " 1 udp 50331647 198.51.100.9 49152 typ relay raddr 203.0.113.7 rport 42000",
            IceCandidate.Relayed(Relayed, Mapped, Server).ToString(),
            StringComparison.Ordinal);
        Assert.EndsWith(
            " 192.168.1.5 9 typ host tcptype active", IceCandidate.TcpActive(Base).ToString(), StringComparison.Ordinal);
        Assert.EndsWith(
            " 192.168.1.5 5000 typ host tcptype passive", IceCandidate.TcpPassive(Base).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TcpLine_Parsed_IsTheSameCandidate(bool isActive)
    {
        var candidate = isActive ? IceCandidate.TcpActive(Base) : IceCandidate.TcpPassive(Base);
        Assert.True(IceCandidateLine.TryParse(candidate.ToString(), out var parsed, out _));
        Assert.Equal(candidate with { Base = default }, parsed);
        Assert.True(parsed!.Address.IsTcp);
        Assert.Equal(!isActive, parsed.IsTcpPassive);
    }

    [Fact]
    public void Priorities_OrderKindsFromDirectToRelayedOverTls()
    {
        var v4 = IcePriority.LocalPreference(isIPv6: false, 0);
        uint[] priorities =
        [
            IceCandidate.Host(Base, IcePriority.LocalPreference(isIPv6: true, 3)).Priority,
            IceCandidate.Host(Base, v4).Priority,
            IcePriority.AsPeerReflexive(IceCandidate.Host(Base, v4).Priority),
            IceCandidate.ServerReflexive(Mapped, Base, Server, v4).Priority,
            IceCandidate.TcpActive(Base, v4).Priority,
            IceCandidate.TcpPassive(Base, v4).Priority,
            IcePriority.ForCheckFrom(IceCandidate.TcpActive(Base, v4)),
            IcePriority.ForCheckFrom(IceCandidate.TcpPassive(Base, v4)),
            IceCandidate.Relayed(Relayed, Mapped, Server, v4).Priority,
            IceCandidate.Relayed(Relayed, Mapped, Server, v4, IceRelayTransport.Tcp).Priority,
            IceCandidate.Relayed(Relayed, Mapped, Server, v4, IceRelayTransport.Tls).Priority,
        ];
        Assert.Equal(priorities.OrderDescending(), priorities);
        Assert.Equal(priorities.Length, priorities.Distinct().Count());
    }

    [Fact]
    public void TcpPriorities_FollowTheFormula_AndTellAddressesApart()
    {
        // RFC 6544, section 4.2: 2^13 x direction (active 6, passive 4) + other.
        Assert.Equal((90u << 24) | (((6u << 13) | 0x1FFF) << 8) | 255, IceCandidate.TcpActive(Base).Priority);
        Assert.Equal((90u << 24) | (((4u << 13) | 0x1FFF) << 8) | 255, IceCandidate.TcpPassive(Base).Priority);
        Assert.Equal((80u << 24) | (((4u << 13) | 0x1FFF) << 8) | 255, IcePriority.ForCheckFrom(IceCandidate.TcpActive(Base)));

        var all = from isIPv6 in new[] { true, false } from i in Enumerable.Range(0, 100) select IcePriority.LocalPreference(isIPv6, i);
        var priorities = all.Select(preference => IceCandidate.TcpActive(Base, preference).Priority).ToArray();
        Assert.Equal(priorities.OrderDescending(), priorities);
        Assert.Equal(200, priorities.Distinct().Count());
    }

    [Fact]
    public void Foundations_DifferByTypeBaseServerAndProtocol_NotByPort()
    {
        var other = IceNetwork.Parse("192.168.1.6:5000");
        var otherServer = IceNetwork.Parse("198.51.100.2:3478");
        string[] foundations =
        [
            IceCandidate.Host(Base).Foundation,
            IceCandidate.Host(other).Foundation,
            IceCandidate.ServerReflexive(Mapped, Base, Server).Foundation,
            IceCandidate.ServerReflexive(Mapped, Base, otherServer).Foundation,
            IceCandidate.ServerReflexive(Mapped, other, Server).Foundation,
            IceCandidate.Relayed(Relayed, Mapped, Server).Foundation,
            IceCandidate.Relayed(Relayed, Mapped, Server, transport: IceRelayTransport.Tcp).Foundation,
            IceCandidate.TcpActive(Base).Foundation,
        ];
        Assert.Equal(foundations.Length, foundations.Distinct().Count());

        var samePort = Base.WithPort(6000);
        Assert.Equal(IceCandidate.Host(Base).Foundation, IceCandidate.Host(samePort).Foundation);
        Assert.Equal(
            IceCandidate.ServerReflexive(Mapped, Base, Server).Foundation, IceCandidate.ServerReflexive(Mapped, samePort, Server).Foundation);
    }
}

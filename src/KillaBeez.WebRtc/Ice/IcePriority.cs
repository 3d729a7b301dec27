namespace KillaBeez.WebRtc.Ice;

/// <summary>The formulas of RFC 8445, sections 5.1.2.1 and 6.1.2.3.</summary>
internal static class IcePriority
{
    private const int ComponentBits = 8;
    private const int TypeShift = 24;
    private const int TcpOtherBits = 13;

    /// <summary>126 host, 110 peer-reflexive, 100 server-reflexive, 0 relayed (RFC 8445, section 5.1.2.2).</summary>
    public static int TypePreference(IceCandidateType type) => type switch
    {
        IceCandidateType.Host => 126,
        IceCandidateType.PeerReflexive => 110,
        IceCandidateType.ServerReflexive => 100,
        _ => 0,
    };

    public static uint ForCandidate(IceCandidateType type, ushort localPreference, int component = 1) =>
        Compose(TypePreference(type), localPreference, component);

    /// <summary>
    /// A relayed candidate: the extra hop counts, and more so where it is a stream that one lost segment stops. Browsers
    /// rank them in the same way.
    /// </summary>
    public static uint ForRelayed(ushort localPreference, IceRelayTransport transport) => Compose(
        TypePreference(IceCandidateType.Relayed) + transport switch
        {
            IceRelayTransport.Udp => 2,
            IceRelayTransport.Tcp => 1,
            _ => 0,
        },
        localPreference,
        component: 1);

    /// <summary>
    /// A TCP candidate: below every UDP candidate that is not relayed, and among themselves by direction (RFC 6544,
    /// section 4.2: local preference = 2^13 * direction preference + other preference).
    /// </summary>
    /// <param name="type">Host or peer-reflexive.</param>
    /// <param name="tcpType">A word of <see cref="IceTcpType"/>.</param>
    /// <param name="localPreference">That of the address: <see cref="LocalPreference"/>.</param>
    public static uint ForTcp(IceCandidateType type, string? tcpType, ushort localPreference)
    {
        var isActive = IceTcpType.Active.Equals(tcpType, StringComparison.OrdinalIgnoreCase);
        var direction = type is IceCandidateType.Host or IceCandidateType.Relayed ? (isActive ? 6 : 4) : (isActive ? 4 : 2);

        // The family bit and the low bits that tell addresses apart are kept.
        var other = ((localPreference >> 15) << 12) | (localPreference & 0x0FFF);
        return Compose(TypePreference(type) - TcpPenalty(type), (ushort)((direction << TcpOtherBits) | other), component: 1);
    }

    /// <summary>
    /// The local preference of the n-th address of a host: unique, and every IPv6 address stands above every IPv4
    /// address (RFC 8421 leaves the mix to the implementation).
    /// </summary>
    /// <param name="isIPv6">The address' family.</param>
    /// <param name="index">0 for the best address of its family.</param>
    public static ushort LocalPreference(bool isIPv6, int index) =>
        (ushort)((isIPv6 ? ushort.MaxValue : short.MaxValue) - Math.Clamp(index, 0, short.MaxValue - 1));

    /// <summary>The PRIORITY attribute of a check: the candidate's own priority with the peer-reflexive type (RFC 8445, section 7.1.1).</summary>
    public static uint AsPeerReflexive(uint localPriority) =>
        ((uint)TypePreference(IceCandidateType.PeerReflexive) << TypeShift) | (localPriority & 0x00FF_FFFF);

    /// <summary>The PRIORITY attribute of a check from this base; over TCP the direction counts otherwise for reflexive candidates.</summary>
    public static uint ForCheckFrom(IceCandidate local)
    {
        if (local.Transport != IceTransport.Tcp)
        {
            return AsPeerReflexive(local.Priority);
        }

        var other = (local.Priority >> ComponentBits) & ((1 << TcpOtherBits) - 1);
        return ForTcp(IceCandidateType.PeerReflexive, local.TcpType, (ushort)(((other >> 12) << 15) | (other & 0x0FFF)));
    }

    /// <summary>2^32 * min(G, D) + 2 * max(G, D) + (G > D ? 1 : 0), G being the controlling side's candidate.</summary>
    public static ulong ForPair(uint controlling, uint controlled) =>
        ((ulong)Math.Min(controlling, controlled) << 32) + (2UL * Math.Max(controlling, controlled)) + (controlling > controlled ? 1UL : 0UL);

    private static uint Compose(int typePreference, ushort localPreference, int component) =>
        ((uint)typePreference << TypeShift) | ((uint)localPreference << ComponentBits) | (uint)(256 - component);

    /// <summary>Host 90, peer-reflexive 80: below their UDP kin and server-reflexive UDP, above relays.</summary>
    private static int TcpPenalty(IceCandidateType type) => type switch
    {
        IceCandidateType.Host => 36,
        IceCandidateType.PeerReflexive => 30,
        _ => 0,
    };
}

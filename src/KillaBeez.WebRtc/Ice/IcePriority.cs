namespace KillaBeez.WebRtc.Ice;

/// <summary>The formulas of RFC 8445, sections 5.1.2.1 and 6.1.2.3.</summary>
internal static class IcePriority
{
    private const int ComponentBits = 8;
    private const int TypeShift = 24;

    /// <summary>126 host, 110 peer-reflexive, 100 server-reflexive, 0 relayed (RFC 8445, section 5.1.2.2).</summary>
    public static int TypePreference(IceCandidateType type) => type switch
    {
        IceCandidateType.Host => 126,
        IceCandidateType.PeerReflexive => 110,
        IceCandidateType.ServerReflexive => 100,
        _ => 0,
    };

    public static uint ForCandidate(IceCandidateType type, ushort localPreference, int component = 1) =>
        ((uint)TypePreference(type) << TypeShift) | ((uint)localPreference << ComponentBits) | (uint)(256 - component);

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

    /// <summary>2^32 * min(G, D) + 2 * max(G, D) + (G > D ? 1 : 0), G being the controlling side's candidate.</summary>
    public static ulong ForPair(uint controlling, uint controlled) =>
        ((ulong)Math.Min(controlling, controlled) << 32) + (2UL * Math.Max(controlling, controlled)) + (controlling > controlled ? 1UL : 0UL);
}

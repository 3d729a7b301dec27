namespace KillaBeez.WebRtc.Ice;

/// <summary>One address at which a side may be reached (RFC 8445, section 4).</summary>
internal sealed record IceCandidate
{
    /// <summary>Candidates of one type, base and server share it: 1 to 32 ice-chars.</summary>
    public required string Foundation { get; init; }

    public required IceCandidateType Type { get; init; }

    /// <summary>The address and port; meaningless where <see cref="HostName"/> is set.</summary>
    public required TransportAddress Address { get; init; }

    public required uint Priority { get; init; }

    /// <summary>1; data channels have one component.</summary>
    public int Component { get; init; } = 1;

    public IceTransport Transport { get; init; }

    /// <summary>A name in place of an address (browsers hide theirs behind "uuid.local"); the port is in <see cref="Address"/>.</summary>
    public string? HostName { get; init; }

    /// <summary>The base of a reflexive or relayed candidate as the peer states it; browsers send 0.0.0.0:0.</summary>
    public TransportAddress? RelatedAddress { get; init; }

    /// <summary>active, passive or so; TCP candidates only.</summary>
    public string? TcpType { get; init; }

    /// <summary>The extension "ufrag": which generation of credentials the candidate belongs to.</summary>
    public string? Ufrag { get; init; }

    /// <summary>Local candidates only: the address of the socket that sends for this candidate. Host candidates are their own base.</summary>
    public TransportAddress Base { get; init; }

    public bool IsMdns => HostName is not null && HostName.EndsWith(".local", StringComparison.OrdinalIgnoreCase);

    public bool IsTcpPassive => Transport == IceTransport.Tcp && IceTcpType.Passive.Equals(TcpType, StringComparison.OrdinalIgnoreCase);

    /// <summary>A local candidate for a socket that is bound to an address of this machine.</summary>
    /// <param name="address">The socket's address and port.</param>
    /// <param name="localPreference">Unique per address of the machine: <see cref="IcePriority.LocalPreference"/>.</param>
    public static IceCandidate Host(TransportAddress address, ushort localPreference = ushort.MaxValue) => new()
    {
        Foundation = IceFoundation.Of(IceCandidateType.Host, address),
        Type = IceCandidateType.Host,
        Address = address,
        Base = address,
        Priority = IcePriority.ForCandidate(IceCandidateType.Host, localPreference),
    };

    /// <summary>
    /// A local candidate for how a STUN server sees a socket of ours. It is signalled; its pairs are those of its base
    /// (RFC 8445, section 6.1.2.4).
    /// </summary>
    /// <param name="address">The mapped address that the server has answered.</param>
    /// <param name="hostBase">The socket's address; written as raddr and rport.</param>
    /// <param name="server">The STUN server.</param>
    /// <param name="localPreference">That of the base.</param>
    public static IceCandidate ServerReflexive(
        TransportAddress address, TransportAddress hostBase, TransportAddress server, ushort localPreference = ushort.MaxValue) => new()
    {
        Foundation = IceFoundation.Of(IceCandidateType.ServerReflexive, hostBase, server),
        Type = IceCandidateType.ServerReflexive,
        Address = address,
        Base = hostBase,
        RelatedAddress = hostBase,
        Priority = IcePriority.ForCandidate(IceCandidateType.ServerReflexive, localPreference),
    };

    /// <summary>
    /// A local candidate for a TURN allocation. Its base is the relayed address: the owner shows the allocation to the
    /// agent as a socket that is bound there.
    /// </summary>
    /// <param name="relayed">The allocation's XOR-RELAYED-ADDRESS.</param>
    /// <param name="mappedOrBase">How the server sees our socket, or the socket's own address; written as raddr and rport.</param>
    /// <param name="server">The TURN server.</param>
    /// <param name="localPreference">Unique per allocation.</param>
    /// <param name="transport">How the server is reached: TCP and TLS have a lower preference.</param>
    public static IceCandidate Relayed(
        TransportAddress relayed,
        TransportAddress mappedOrBase,
        TransportAddress server,
        ushort localPreference = ushort.MaxValue,
        IceRelayTransport transport = IceRelayTransport.Udp) => new()
    {
        Foundation = IceFoundation.Of(IceCandidateType.Relayed, relayed, server, transport),
        Type = IceCandidateType.Relayed,
        Address = relayed,
        Base = relayed,
        RelatedAddress = mappedOrBase,
        Priority = IcePriority.ForRelayed(localPreference, transport),
    };

    /// <summary>A local TCP candidate that connects to passive ones of the peer (RFC 6544, section 4.1).</summary>
    /// <param name="address">The local IP address; its port is not used, every connection has an ephemeral one.</param>
    /// <param name="localPreference">That of the address.</param>
    public static IceCandidate TcpActive(TransportAddress address, ushort localPreference = ushort.MaxValue) =>
        HostTcp(address.WithPort(IceTcpType.ActivePort).AsTcp(), IceTcpType.Active, localPreference);

    /// <summary>A local TCP candidate for a listening socket. It makes no pairs: the peer's connections do.</summary>
    /// <param name="address">The address and port that the socket listens at.</param>
    /// <param name="localPreference">That of the address.</param>
    public static IceCandidate TcpPassive(TransportAddress address, ushort localPreference = ushort.MaxValue) =>
        HostTcp(address.AsTcp(), IceTcpType.Passive, localPreference);

    /// <summary>A remote address learnt from an authenticated check.</summary>
    public static IceCandidate PeerReflexive(TransportAddress address, uint priority) => new()
    {
        Foundation = IceFoundation.Of(IceCandidateType.PeerReflexive, address),
        Type = IceCandidateType.PeerReflexive,
        Transport = address.IsTcp ? IceTransport.Tcp : IceTransport.Udp,
        Address = address,
        Priority = priority,
    };

    /// <summary>The line for SDP and for trickling, without "a=".</summary>
    public override string ToString() => IceCandidateLine.Format(this);

    private static IceCandidate HostTcp(TransportAddress address, string tcpType, ushort localPreference) => new()
    {
        Foundation = IceFoundation.Of(IceCandidateType.Host, address),
        Type = IceCandidateType.Host,
        Transport = IceTransport.Tcp,
        TcpType = tcpType,
        Address = address,
        Base = address,
        Priority = IcePriority.ForTcp(IceCandidateType.Host, tcpType, localPreference),
    };
}

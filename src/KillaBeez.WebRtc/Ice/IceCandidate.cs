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

    /// <summary>A local candidate for a socket that is bound to an address of this machine.</summary>
    /// <param name="address">The socket's address and port.</param>
    /// <param name="localPreference">Unique per address of the machine: <see cref="IcePriority.LocalPreference"/>.</param>
    public static IceCandidate Host(TransportAddress address, ushort localPreference = ushort.MaxValue) => new()
    {
        Foundation = FoundationOf(IceCandidateType.Host, address),
        Type = IceCandidateType.Host,
        Address = address,
        Base = address,
        Priority = IcePriority.ForCandidate(IceCandidateType.Host, localPreference),
    };

    /// <summary>A remote address learnt from an authenticated check.</summary>
    public static IceCandidate PeerReflexive(TransportAddress address, uint priority) => new()
    {
        Foundation = FoundationOf(IceCandidateType.PeerReflexive, address),
        Type = IceCandidateType.PeerReflexive,
        Address = address,
        Priority = priority,
    };

    /// <summary>The line for SDP and for trickling, without "a=".</summary>
    public override string ToString() => IceCandidateLine.Format(this);

    /// <summary>Equal for equal type and address without port (RFC 8445, section 5.1.1.3); 32 bits of FNV-1a in decimal.</summary>
    private static string FoundationOf(IceCandidateType type, TransportAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        var length = address.WriteAddress(bytes);
        var hash = (2166136261u ^ (uint)type) * 16777619u;
        foreach (var b in bytes[..length])
        {
            hash = (hash ^ b) * 16777619u;
        }

        return hash.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }
}

using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace KillaBeez.Turn;

/// <summary>What a <see cref="TurnServer"/> serves, to whom, and how much.</summary>
public sealed record TurnServerOptions
{
    /// <summary>
    /// Where clients come in, over UDP and TCP alike; port 0 takes a free one. On a machine with several addresses give
    /// each by itself: answers to a socket that listens on all of them may leave from another address than was asked.
    /// </summary>
    public IReadOnlyList<IPEndPoint> Listen { get; init; } = [];

    /// <summary>Whether <see cref="Listen"/> holds for TCP too. True by default.</summary>
    public bool ListenTcp { get; init; } = true;

    /// <summary>Where clients come in over TLS (<c>turns:</c>), customarily port 5349; needs <see cref="TlsCertificate"/>.</summary>
    public IReadOnlyList<IPEndPoint> ListenTls { get; init; } = [];

    /// <summary>The certificate, with its private key, that TLS clients are shown. The caller keeps and disposes it.</summary>
    public X509Certificate2? TlsCertificate { get; init; }

    /// <summary>Whether only Binding requests are answered: a STUN server. The options about relaying then mean nothing.</summary>
    public bool StunOnly { get; init; }

    /// <summary>The realm of the credentials: 1 to 64 bytes of UTF-8.</summary>
    public string Realm { get; init; } = "killabeez";

    /// <summary>
    /// Secrets of time-limited credentials (<see cref="TurnCredentials"/>), at most eight. Several are for changing one:
    /// credentials of any of them are taken.
    /// </summary>
    public IReadOnlyList<string> Secrets { get; init; } = [];

    /// <summary>Users with fixed passwords, for laboratories: passwords by name.</summary>
    public IReadOnlyDictionary<string, string> Users { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// The addresses of this machine that relay sockets are bound to, at most one for each family; without any, the
    /// addresses of <see cref="Listen"/> that are no wildcards. A family that is not here is refused with 440.
    /// </summary>
    public IReadOnlyList<IPAddress> RelayAddresses { get; init; } = [];

    /// <summary>
    /// What clients are told instead of the relay address of the same family: the public address of a machine behind a
    /// 1:1 NAT that leaves ports as they are.
    /// </summary>
    public IReadOnlyList<IPAddress> ExternalAddresses { get; init; } = [];

    /// <summary>The lowest UDP port that is relayed. 49152 by default (RFC 8656, section 7.2).</summary>
    public int MinRelayPort { get; init; } = 49_152;

    /// <summary>The highest UDP port that is relayed. 65535 by default.</summary>
    public int MaxRelayPort { get; init; } = 65_535;

    /// <summary>
    /// Networks that clients may reach although they are private, loopback or otherwise forbidden; see
    /// <see cref="TurnPeerNetworks"/>. None by default: a relay must not be a way into the network it stands in.
    /// </summary>
    public IReadOnlyList<IPNetwork> AllowedPeerNetworks { get; init; } = [];

    /// <summary>Networks that clients may not reach although they are public; stronger than <see cref="AllowedPeerNetworks"/>.</summary>
    public IReadOnlyList<IPNetwork> DeniedPeerNetworks { get; init; } = [];

    /// <summary>Allocations at the same time; beyond it 508. 4,096 by default.</summary>
    public int MaxAllocations { get; init; } = 4_096;

    /// <summary>TCP and TLS connections at the same time; beyond it they are closed at once. 4,096 by default.</summary>
    public int MaxStreams { get; init; } = 4_096;

    /// <summary>TCP and TLS connections of one source at the same time. 128 by default.</summary>
    public int MaxStreamsPerSource { get; init; } = 128;

    /// <summary>What one user may take.</summary>
    public TurnQuota PerUser { get; init; } = TurnQuota.UserDefault;

    /// <summary>What one source address may take.</summary>
    public TurnQuota PerSource { get; init; } = TurnQuota.SourceDefault;

    /// <summary>How long a nonce is taken; then the client gets 438 and another. At least a second, one hour by default.</summary>
    public TimeSpan NonceLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The longest lifetime that an allocation or a refresh is granted. At least 10 minutes, one hour by default (RFC 8656, section 7.2).</summary>
    public TimeSpan MaxLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Where the server listens, and nothing about credentials.</summary>
    public override string ToString() =>
        $"{(StunOnly ? "STUN" : "TURN")} server on {string.Join(", ", Listen.Concat(ListenTls))}, realm {Realm}";

    /// <exception cref="ArgumentException">An option is out of its range, or one is missing that another needs.</exception>
    internal void Validate()
    {
        if (Listen.Count + ListenTls.Count == 0)
        {
            throw new ArgumentException("No address to listen on was given.", nameof(Listen));
        }

        if (ListenTls.Count > 0 && TlsCertificate is not { HasPrivateKey: true })
        {
            throw new ArgumentException("TLS needs a certificate with its private key.", nameof(TlsCertificate));
        }

        if (Encoding.UTF8.GetByteCount(Realm) is < 1 or > TurnServerLimits.MaxRealmBytes)
        {
            throw new ArgumentException($"The realm has 1 to {TurnServerLimits.MaxRealmBytes} bytes.", nameof(Realm));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(MaxStreams, 1, nameof(MaxStreams));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxStreamsPerSource, 1, nameof(MaxStreamsPerSource));
        if (!StunOnly)
        {
            ValidateRelaying();
        }
    }

    private void ValidateRelaying()
    {
        if (Secrets.Count == 0 && Users.Count == 0)
        {
            throw new ArgumentException("A TURN server without a secret or a user would refuse everybody.", nameof(Secrets));
        }

        if (Secrets.Count > TurnServerLimits.MaxSecrets || Secrets.Any(string.IsNullOrEmpty))
        {
            throw new ArgumentException($"There are at most {TurnServerLimits.MaxSecrets} secrets, none of them empty.", nameof(Secrets));
        }

        if (Users.Keys.Any(name => name.Length == 0 || Encoding.UTF8.GetByteCount(name) > TurnServerLimits.MaxUserBytes))
        {
            throw new ArgumentException($"A user's name has 1 to {TurnServerLimits.MaxUserBytes} bytes.", nameof(Users));
        }

        foreach (var addresses in new[] { RelayAddresses, ExternalAddresses })
        {
            if (addresses.DistinctBy(a => a.AddressFamily).Count() != addresses.Count || addresses.Any(a => a.Equals(IPAddress.Any) || a.Equals(IPAddress.IPv6Any)))
            {
                throw new ArgumentException("Relay and external addresses are real addresses, at most one for each family.", nameof(RelayAddresses));
            }
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(MinRelayPort, 1, nameof(MinRelayPort));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxRelayPort, ushort.MaxValue, nameof(MaxRelayPort));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MinRelayPort, MaxRelayPort, nameof(MinRelayPort));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxAllocations, 1, nameof(MaxAllocations));
        ArgumentOutOfRangeException.ThrowIfLessThan(NonceLifetime, TimeSpan.FromSeconds(1), nameof(NonceLifetime));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxLifetime.TotalMilliseconds, TurnServerLimits.DefaultLifetimeMs, nameof(MaxLifetime));
        PerUser.Validate(nameof(PerUser));
        PerSource.Validate(nameof(PerSource));
    }
}

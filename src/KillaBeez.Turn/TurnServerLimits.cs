using KillaBeez.WebRtc.Io;

namespace KillaBeez.Turn;

/// <summary>Every bound that peers and clients of the server meet and that is no option.</summary>
internal static class TurnServerLimits
{
    /// <summary>The name in time-limited credentials, by which quotas are counted.</summary>
    public const int MaxUserBytes = 200;

    /// <summary>USERNAME as the server takes it: unix time, a colon and the name, with room to spare.</summary>
    public const int MaxUsernameBytes = 256;

    /// <summary>The realm is in every 401, so a long one would make the answer larger than the question.</summary>
    public const int MaxRealmBytes = 64;

    /// <summary>Secrets that are valid at the same time: the present one, the one before and some room.</summary>
    public const int MaxSecrets = 8;

    /// <summary>The largest message to or from a client: a payload in an indication, or in ChannelData with padding.</summary>
    public const int MaxMessageBytes = IoLimits.MaxDatagramBytes;

    /// <summary>
    /// The largest payload that is relayed; what is longer is dropped. WebRTC stays below 1,500. The rest of a message is
    /// the header, an IPv6 address and the padding of a Data indication.
    /// </summary>
    public const int MaxPayloadBytes = MaxMessageBytes - 52;

    /// <summary>Answers that wait to be polled. Every call makes one at most, and the owner polls after every call.</summary>
    public const int MaxQueuedResponses = 64;

    /// <summary>An answer of the server: an error with realm and nonce, or a success with two IPv6 addresses.</summary>
    public const int MaxResponseBytes = 512;

    /// <summary>Permissions of one allocation: the addresses that one mesh's members have.</summary>
    public const int MaxPermissionsPerAllocation = 512;

    /// <summary>Channels of one allocation.</summary>
    public const int MaxChannelsPerAllocation = 512;

    /// <summary>XOR-PEER-ADDRESS attributes that are read of one CreatePermission.</summary>
    public const int MaxPeersPerRequest = 32;

    /// <summary>Accounts that are kept for each kind of key; idle ones are forgotten first.</summary>
    public const int MaxAccounts = 16_384;

    /// <summary>Buckets of the limiters by source: half a megabyte each.</summary>
    public const int SourceBuckets = 16_384;

    /// <summary>Answers to requests without valid credentials that one source may have at once, and in a second thereafter.</summary>
    public const int UnauthenticatedBurst = 20;

    /// <summary>See <see cref="UnauthenticatedBurst"/>.</summary>
    public const int UnauthenticatedPerSecond = 1;

    /// <summary>Answers to Binding requests that one source may have at once: it may be the NAT of many.</summary>
    public const int BindingBurst = 200;

    /// <summary>Answers to Binding requests that one source may have in a second in the long run.</summary>
    public const int BindingPerSecond = 50;

    /// <summary>
    /// Answers that need no credentials, to all sources together, in a second and at once: forged sources are many.
    /// </summary>
    public const int AnonymousPerSecond = 10_000;

    /// <summary>How much larger than its request an error may be: the code, a realm and a nonce.</summary>
    public const int MaxErrorOverheadBytes = 128;

    /// <summary>An allocation lives so long where the client asks for no other time (RFC 8656, section 3.2).</summary>
    public const int DefaultLifetimeMs = 600_000;

    /// <summary>RFC 8656, section 9: fixed.</summary>
    public const int PermissionLifetimeMs = 300_000;

    /// <summary>RFC 8656, section 12: fixed.</summary>
    public const int ChannelLifetimeMs = 600_000;

    /// <summary>A stream without an allocation is closed after this time: a handshake, a 401 and an Allocate take a few round trips.</summary>
    public const int StreamWithoutAllocationMs = 30_000;

    /// <summary>How often what has expired is looked for; nothing is used after it has expired, so this only frees memory.</summary>
    public const int SweepMs = 1_000;

    /// <summary>How often accounts are looked over.</summary>
    public const int AccountSweepMs = 60_000;

    /// <summary>What the kernel may queue on a relay socket in each direction; more is dropped at the tail.</summary>
    public const int RelaySocketBufferBytes = 512 * 1024;

    /// <summary>What the kernel may queue on a stream to a client, besides <see cref="MaxStreamQueueBytes"/>.</summary>
    public const int StreamSocketBufferBytes = 256 * 1024;

    /// <summary>Connections that wait to be accepted.</summary>
    public const int StreamBacklog = 256;

    /// <summary>How often a TCP port of the same number is looked for where the system chooses the port.</summary>
    public const int MaxListenAttempts = 32;

    /// <summary>Relay sockets that are tried before an Allocate is refused for want of a port.</summary>
    public const int MaxPortAttempts = 64;

    /// <summary>Bytes that wait for a stream's client; what comes beyond them is dropped, as on a network.</summary>
    public const int MaxStreamQueueBytes = 256 * 1024;

    /// <summary>A client that takes nothing of its stream for so long is gone.</summary>
    public const int StreamStallMs = 30_000;

    /// <summary>Receives from one socket before others have their turn.</summary>
    public const int MaxReceivesPerRound = 32;

    /// <summary>How long accepting rests after an error, such as that there are no more descriptors.</summary>
    public const int AcceptPauseMs = 50;

    /// <summary>How long streams are given to send what waits when the server stops.</summary>
    public const int StopMs = 1_000;
}

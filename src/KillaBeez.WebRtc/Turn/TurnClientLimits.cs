namespace KillaBeez.WebRtc.Turn;

/// <summary>Every bound and interval of a <see cref="TurnClient"/>.</summary>
internal static class TurnClientLimits
{
    /// <summary>Sends of one request over UDP: it fails after 39.5 seconds (RFC 8489, section 6.2.1: Rc).</summary>
    public const int MaxSends = 7;

    /// <summary>Sends of the request that gives the allocation back; nobody waits for its answer.</summary>
    public const int MaxReleaseSends = 3;

    /// <summary>What <see cref="TurnClient.TryPollTransmit"/> may write: a request with the longest credentials, or a held payload.</summary>
    public const int MinTransmitBytes = 2048;

    /// <summary>
    /// What <see cref="TurnClient.TryWrap"/> adds at most: a Send indication's header (20), an IPv6 XOR-PEER-ADDRESS (24),
    /// the head of DATA (4) and its padding (3).
    /// </summary>
    public const int MaxOverheadBytes = 51;

    /// <summary>The largest payload that fits a Send indication.</summary>
    public const int MaxPayloadBytes = Stun.StunLimits.MaxTurnMessageBytes - MaxOverheadBytes;

    /// <summary>USERNAME in bytes of UTF-8 (RFC 8489, section 14.3).</summary>
    public const int MaxUsernameBytes = 508;

    /// <summary>REALM and NONCE in bytes. RFC 8489 allows 127 characters; a longer challenge is refused.</summary>
    public const int MaxChallengeBytes = 256;

    /// <summary>The name in a referral to another server (RFC 1035, section 2.3.4).</summary>
    public const int MaxDomainChars = 255;

    /// <summary>An allocation's lifetime is held within these, whatever the server says, in seconds.</summary>
    public const int MinLifetimeSeconds = 10;

    public const int MaxLifetimeSeconds = 3600;

    /// <summary>Where the server does not say (RFC 8656, section 3.2).</summary>
    public const int DefaultLifetimeSeconds = 600;

    /// <summary>The allocation is refreshed this long before it ends (or at half of a short lifetime).</summary>
    public const int RefreshMarginMs = 60_000;

    /// <summary>A permission's life (RFC 8656, section 9).</summary>
    public const int PermissionLifetimeMs = 300_000;

    public const int PermissionRefreshMs = 240_000;

    /// <summary>Permissions that are due this soon go into the same request.</summary>
    public const int PermissionRefreshSlackMs = 30_000;

    /// <summary>A channel's life (RFC 8656, section 12).</summary>
    public const int ChannelLifetimeMs = 600_000;

    public const int ChannelRebindMs = 540_000;

    /// <summary>No number goes to another peer for this long after its channel has ended (RFC 8656, section 12).</summary>
    public const int ChannelQuarantineMs = 300_000;

    /// <summary>A peer that nothing is sent to for this long loses permission and channel.</summary>
    public const int PeerIdleMs = 600_000;

    /// <summary>A peer that the server has refused is not asked for again for this long.</summary>
    public const int RefusalPauseMs = 60_000;

    /// <summary>Without other messages to the server this often one keeps the NAT's mapping (RFC 8445, section 11: 15 seconds).</summary>
    public const int KeepaliveIntervalMs = 15_000;

    /// <summary>Addresses of peers with a permission, one for each IP address; the one unused for longest makes room.</summary>
    public const int MaxPermissions = 512;

    /// <summary>A permission used within this time does not make room for another.</summary>
    public const int MinPermissionUseMs = 30_000;

    /// <summary>Peers, by address and port, that are watched for a channel; the one unused for longest makes room.</summary>
    public const int MaxPeers = 1024;

    /// <summary>Channels, bound or in quarantine. Further peers get Send indications.</summary>
    public const int MaxChannels = 512;

    /// <summary>XOR-PEER-ADDRESS attributes in one CreatePermission request.</summary>
    public const int MaxPeersPerRequest = 16;

    /// <summary>CreatePermission requests without an answer.</summary>
    public const int MaxPermissionRequests = 4;

    /// <summary>ChannelBind requests without an answer.</summary>
    public const int MaxChannelRequests = 8;

    /// <summary>Payloads that wait for one permission; later ones are dropped, as a full network would.</summary>
    public const int MaxHeldPerPermission = 4;

    /// <summary>Payloads that wait, over all permissions.</summary>
    public const int MaxHeldPayloads = 128;

    /// <summary>A longer payload is not held: only checks and first flights are worth it.</summary>
    public const int MaxHeldPayloadBytes = 1500;
}

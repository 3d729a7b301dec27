namespace KillaBeez.WebRtc.Ice;

/// <summary>Counters of one agent; they only grow.</summary>
internal sealed class IceStatistics
{
    public long RequestsSent { get; set; }

    public long RequestsReceived { get; set; }

    public long ResponsesSent { get; set; }

    public long ResponsesReceived { get; set; }

    /// <summary>Datagrams that look like STUN and are malformed.</summary>
    public long Malformed { get; set; }

    /// <summary>Requests without a USERNAME for us, without FINGERPRINT, or with a wrong MESSAGE-INTEGRITY.</summary>
    public long UnauthenticRequests { get; set; }

    /// <summary>Responses to nothing we asked, or with a wrong or missing MESSAGE-INTEGRITY.</summary>
    public long UnauthenticResponses { get; set; }

    /// <summary>Authentic responses that took another way than their request.</summary>
    public long AsymmetricResponses { get; set; }

    /// <summary>Messages that were dropped because a limit of <see cref="IceLimits"/> was reached.</summary>
    public long LimitDrops { get; set; }

    public long RoleConflicts { get; set; }

    /// <summary>Candidates of addresses that policy forbids: loopback, multicast, unspecified, port 0.</summary>
    public long ForbiddenCandidates { get; set; }

    /// <summary>Candidates of other components or another generation, and TCP candidates that do not listen.</summary>
    public long IgnoredCandidates { get; set; }

    /// <summary>Candidates "something.local" that are not looked up: no UUID, or the policy forbids it.</summary>
    public long IgnoredMdnsCandidates { get; set; }

    /// <summary>Names that were to be looked up without result.</summary>
    public long UnresolvedNames { get; set; }

    /// <summary>Local candidates, and datagrams to local bases, that the relay policy keeps out.</summary>
    public long SuppressedByPolicy { get; set; }

    public long IgnoredHostNameCandidates { get; set; }

    /// <summary>Remote addresses learnt from checks.</summary>
    public long PeerReflexiveCandidates { get; set; }
}

namespace KillaBeez.WebRtc.Ice;

/// <summary>Every bound that a peer's bytes, or a malicious description, meet in one agent.</summary>
internal static class IceLimits
{
    /// <summary>Pairs in the check list (RFC 8445, section 6.1.2.5 recommends 100).</summary>
    public const int MaxPairs = 100;

    /// <summary>
    /// Pairs among them that go through one relay, and through two, that keep their places although better pairs would
    /// fill the list: where both sides have many interfaces, they may be the only ones that work.
    /// </summary>
    public const int ReservedRelayedPairs = 5;

    /// <summary>Signalled remote candidates of one generation, including those that wait for their description.</summary>
    public const int MaxRemoteCandidates = 50;

    /// <summary>Remote addresses learnt from authenticated checks; the oldest unused one makes room.</summary>
    public const int MaxPeerReflexiveCandidates = 16;

    /// <summary>Names ("uuid.local") in the candidates of one generation.</summary>
    public const int MaxNames = 10;

    /// <summary>Local candidates: those to signal, and the bases that send.</summary>
    public const int MaxLocalCandidates = 32;

    /// <summary>Authenticated checks remembered until the remote description or the local candidate arrives.</summary>
    public const int MaxEarlyChecks = 10;

    /// <summary>Answers waiting to be polled; when full, the newest request stays unanswered and will be repeated.</summary>
    public const int MaxQueuedResponses = 64;

    /// <summary>Transactions without an answer yet, over all pairs; the oldest that decides nothing makes room.</summary>
    public const int MaxTransactions = 256;

    /// <summary>Transactions without an answer yet of one pair; the oldest that decides nothing makes room.</summary>
    public const int MaxTransactionsPerPair = 8;

    /// <summary>Sends of one check: the first and six repetitions (RFC 8489, section 6.2.1: Rc).</summary>
    public const int MaxSends = 7;

    /// <summary>How often one agent changes its role before it stops believing the peer's conflicts.</summary>
    public const int MaxRoleSwitches = 8;

    /// <summary>ice-ufrag in characters (RFC 8839, section 5.4).</summary>
    public const int MinUfragChars = 4;

    /// <summary>ice-pwd in characters (RFC 8839, section 5.4).</summary>
    public const int MinPasswordChars = 22;

    /// <summary>Both in characters (RFC 8839, section 5.4).</summary>
    public const int MaxCredentialChars = 256;

    /// <summary>A foundation in characters (RFC 8839, section 5.1).</summary>
    public const int MaxFoundationChars = 32;

    /// <summary>A candidate line in characters; browsers stay below 250.</summary>
    public const int MaxCandidateLineChars = 1024;

    /// <summary>A host name in a candidate (RFC 1035, section 2.3.4).</summary>
    public const int MaxHostNameChars = 255;
}

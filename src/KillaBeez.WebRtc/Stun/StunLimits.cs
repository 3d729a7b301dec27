namespace KillaBeez.WebRtc.Stun;

/// <summary>Every bound that a peer's STUN bytes meet.</summary>
internal static class StunLimits
{
    /// <summary>
    /// The longest binding message that is parsed or written. ICE messages are near 100 bytes; server answers with
    /// long nonces stay below the smallest MTU.
    /// </summary>
    public const int MaxMessageBytes = 2048;

    /// <summary>
    /// The longest message of any other method: Send and Data indications carry a datagram, and the largest that UDP
    /// over IPv4 takes has 65,507 bytes.
    /// </summary>
    public const int MaxTurnMessageBytes = 65_507;

    /// <summary>
    /// The bytes in front of an integrity attribute that are hashed; a message with more of them fails the check. The
    /// longest legal USERNAME, REALM and NONCE with twenty peer addresses fit.
    /// </summary>
    public const int MaxProtectedBytes = 4096;

    /// <summary>Attributes in one message; browsers send about ten.</summary>
    public const int MaxAttributes = 64;

    /// <summary>USERNAME (RFC 8489, section 14.3: less than 509 bytes; RFC 8445 allows 513 for two ufrags and a colon).</summary>
    public const int MaxUsernameBytes = 513;

    /// <summary>REALM, NONCE, SOFTWARE, ALTERNATE-DOMAIN and reason phrases: fewer than 128 characters, at most 763 bytes (RFC 8489, section 14).</summary>
    public const int MaxTextBytes = 763;

    /// <summary>PASSWORD-ALGORITHMS; the two that exist take eight bytes.</summary>
    public const int MaxPasswordAlgorithmsBytes = 64;

    /// <summary>Attribute types that a 420 answer lists, so that no answer is much longer than its request.</summary>
    public const int MaxListedUnknownAttributes = 8;

    /// <summary>Sends of the first request to a server: it fails after 23.5 seconds.</summary>
    public const int MaxServerSends = 6;

    /// <summary>Sends of a keepalive, at 0, 0.5 and 1.5 seconds.</summary>
    public const int MaxKeepaliveSends = 3;

    /// <summary>Between keepalives (RFC 8445, section 5.1.1.4 and appendix B: Tr is 15 seconds).</summary>
    public const int KeepaliveIntervalMs = 15_000;

    /// <summary>Keepalives in a row without an answer after which the server counts as gone: a minute.</summary>
    public const int MaxUnansweredKeepalives = 4;

    /// <summary>Events that wait for an owner who does not poll.</summary>
    public const int MaxQueuedEvents = 16;
}

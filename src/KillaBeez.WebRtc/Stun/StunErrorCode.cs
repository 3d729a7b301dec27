namespace KillaBeez.WebRtc.Stun;

/// <summary>The code of an error response, 300..699 (RFC 8489, section 14.8; RFC 8445, section 16.2; RFC 8656, section 19).</summary>
/// <param name="Value">Hundreds are the class, the rest the number.</param>
internal readonly record struct StunErrorCode(int Value)
{
    public static StunErrorCode TryAlternate => new(300);

    public static StunErrorCode BadRequest => new(400);

    public static StunErrorCode Unauthenticated => new(401);

    public static StunErrorCode Forbidden => new(403);

    public static StunErrorCode UnknownAttribute => new(420);

    public static StunErrorCode AllocationMismatch => new(437);

    public static StunErrorCode StaleNonce => new(438);

    public static StunErrorCode AddressFamilyNotSupported => new(440);

    public static StunErrorCode WrongCredentials => new(441);

    public static StunErrorCode UnsupportedTransportProtocol => new(442);

    public static StunErrorCode PeerAddressFamilyMismatch => new(443);

    public static StunErrorCode AllocationQuotaReached => new(486);

    public static StunErrorCode RoleConflict => new(487);

    public static StunErrorCode ServerError => new(500);

    public static StunErrorCode InsufficientCapacity => new(508);

    /// <summary>A short reason phrase in UTF-8 for a person who reads a capture.</summary>
    public ReadOnlySpan<byte> Reason => Value switch
    {
        300 => "Try Alternate"u8,
        400 => "Bad Request"u8,
        401 => "Unauthenticated"u8,
        403 => "Forbidden"u8,
        420 => "Unknown Attribute"u8,
        437 => "Allocation Mismatch"u8,
        438 => "Stale Nonce"u8,
        440 => "Address Family not Supported"u8,
        441 => "Wrong Credentials"u8,
        442 => "Unsupported Transport Protocol"u8,
        443 => "Peer Address Family Mismatch"u8,
        486 => "Allocation Quota Reached"u8,
        487 => "Role Conflict"u8,
        500 => "Server Error"u8,
        508 => "Insufficient Capacity"u8,
        _ => default,
    };
}

namespace KillaBeez.Turn.Authentication;

/// <summary>What a request's credentials are worth, in the order of RFC 8489, section 9.2.4.</summary>
internal enum AuthenticationResult
{
    /// <summary>Valid.</summary>
    Valid,

    /// <summary>No MESSAGE-INTEGRITY: 401 with realm and nonce.</summary>
    Missing,

    /// <summary>MESSAGE-INTEGRITY without USERNAME, REALM or NONCE: 400.</summary>
    Incomplete,

    /// <summary>An unknown or expired user, another realm, or another password: 401 with realm and nonce.</summary>
    Wrong,

    /// <summary>Valid but for the nonce: 438 with a new one.</summary>
    StaleNonce,
}

using System.Security.Cryptography;
using System.Text;
using KillaBeez.Turn.Allocations;
using KillaBeez.WebRtc;
using KillaBeez.WebRtc.Stun;

namespace KillaBeez.Turn.Authentication;

/// <summary>The long-term credential mechanism (RFC 8489, section 9.2) on the side of the server.</summary>
internal sealed class Authenticator(TurnServerOptions options, IRandomSource random)
{
    private readonly CredentialStore _store = new(options);
    private readonly NonceMaker _nonces = new(options.NonceLifetime, random);
    private readonly byte[] _realm = Encoding.UTF8.GetBytes(options.Realm);

    /// <summary>Checks a request.</summary>
    /// <param name="now">The present.</param>
    /// <param name="unixSeconds">The time of day.</param>
    /// <param name="client">Where the request came from.</param>
    /// <param name="message">The request.</param>
    /// <param name="allocation">
    /// The allocation on the 5-tuple. Its own user's key is known, so that credentials that have ended meanwhile can still
    /// refresh it: a call does not break off because it lasts long.
    /// </param>
    /// <param name="key">16 bytes: the key of a valid request, with which the answer is protected.</param>
    public AuthenticationResult Check(
        Instant now, long unixSeconds, TransportAddress client, in StunMessage message, Allocation? allocation, Span<byte> key)
    {
        if (message.IntegrityOffset < 0)
        {
            return AuthenticationResult.Missing;
        }

        if (!message.TryGet(StunAttributeType.Username, out var username)
            || !message.TryGet(StunAttributeType.Realm, out var realm)
            || !message.TryGet(StunAttributeType.Nonce, out var nonce))
        {
            return AuthenticationResult.Incomplete;
        }

        if (!realm.SequenceEqual(_realm) || !IsIntegrityValid(unixSeconds, message, username, allocation, key))
        {
            return AuthenticationResult.Wrong;
        }

        return _nonces.IsValid(now, client, nonce) ? AuthenticationResult.Valid : AuthenticationResult.StaleNonce;
    }

    /// <summary>Adds REALM and a fresh NONCE, which a 401 and a 438 have.</summary>
    public void WriteChallenge(Instant now, TransportAddress client, ref StunWriter writer)
    {
        writer.Write(StunAttributeType.Realm, _realm);
        _nonces.Write(now, client, writer.Reserve(StunAttributeType.Nonce, NonceMaker.Bytes));
    }

    private bool IsIntegrityValid(
        long unixSeconds, in StunMessage message, ReadOnlySpan<byte> username, Allocation? allocation, Span<byte> key)
    {
        if (allocation is not null && username.SequenceEqual(allocation.Username))
        {
            allocation.Key.CopyTo(key);
            return MessageIntegrityAttribute.IsValid(message, key);
        }

        for (var candidate = 0; candidate < _store.CandidateCount; candidate++)
        {
            if (_store.TryGetKey(username, unixSeconds, candidate, key) && MessageIntegrityAttribute.IsValid(message, key))
            {
                return true;
            }
        }

        CryptographicOperations.ZeroMemory(key);
        return false;
    }
}

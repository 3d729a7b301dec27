using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;
using KillaBeez.WebRtc.Stun;

namespace KillaBeez.Turn.Authentication;

/// <summary>
/// Knows the long-term keys of users: those with fixed passwords by name, those of time-limited credentials by
/// computing the password from the secret. No state is kept for the latter.
/// </summary>
internal sealed class CredentialStore
{
    private readonly byte[][] _secrets;
    private readonly byte[] _realm;
    private readonly Dictionary<string, byte[]> _users = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]>.AlternateLookup<ReadOnlySpan<char>> _usersByName;

    public CredentialStore(TurnServerOptions options)
    {
        _realm = Encoding.UTF8.GetBytes(options.Realm);
        _secrets = [.. options.Secrets.Select(Encoding.UTF8.GetBytes)];
        foreach (var (name, password) in options.Users)
        {
            _users.Add(name, StunKeys.LongTermMd5(name, options.Realm, password));
        }

        _usersByName = _users.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>The keys that a user name may have: one for a fixed user, one for each secret for a time-limited one.</summary>
    public int CandidateCount => Math.Max(1, _secrets.Length);

    /// <summary>
    /// The key of a user name, one of several candidates. False where there is none: the name is not known, or its time
    /// is over. Tells nothing about the password.
    /// </summary>
    /// <param name="username">The bytes of USERNAME.</param>
    /// <param name="unixSeconds">The time of day.</param>
    /// <param name="candidate">0 up to and without <see cref="CandidateCount"/>.</param>
    /// <param name="key">16 bytes.</param>
    public bool TryGetKey(ReadOnlySpan<byte> username, long unixSeconds, int candidate, Span<byte> key)
    {
        if (username.Length is 0 or > TurnServerLimits.MaxUsernameBytes)
        {
            return false;
        }

        Span<char> characters = stackalloc char[TurnServerLimits.MaxUsernameBytes];
        if (Utf8.ToUtf16(username, characters, out _, out var length, replaceInvalidSequences: false) != System.Buffers.OperationStatus.Done)
        {
            return false;
        }

        if (_usersByName.TryGetValue(characters[..length], out var known))
        {
            known.CopyTo(key);
            return candidate == 0;
        }

        if (candidate >= _secrets.Length || !TryReadEnd(username, out var end) || end <= unixSeconds)
        {
            return false;
        }

        WriteTimeLimitedKey(_secrets[candidate], username, key);
        return true;
    }

    /// <summary>By what name quotas are counted: what follows the time in time-limited credentials, else the whole name.</summary>
    public static string UserOf(ReadOnlySpan<byte> username)
    {
        var user = TryReadEnd(username, out _) ? username[(username.IndexOf((byte)':') + 1)..] : username;
        return Encoding.UTF8.GetString(user.IsEmpty ? username : user);
    }

    private static bool TryReadEnd(ReadOnlySpan<byte> username, out long end) =>
        Utf8Parser.TryParse(username, out end, out var consumed)
        && end > 0
        && (consumed == username.Length || username[consumed] == (byte)':');

    /// <summary>MD5(username ":" realm ":" password) of the computed password (RFC 8489, section 9.2.2).</summary>
    private void WriteTimeLimitedKey(byte[] secret, ReadOnlySpan<byte> username, Span<byte> key)
    {
        Span<byte> text = stackalloc byte[TurnServerLimits.MaxUsernameBytes + TurnServerLimits.MaxRealmBytes + TurnCredentials.PasswordBytes + 2];
        var writer = new SpanWriter(text);
        writer.WriteBytes(username);
        writer.WriteByte((byte)':');
        writer.WriteBytes(_realm);
        writer.WriteByte((byte)':');
        TurnCredentials.WritePassword(secret, username, writer.Reserve(TurnCredentials.PasswordBytes));
#pragma warning disable CA5351 // RFC 8489 prescribes MD5 here; the mechanism's strength is the HMAC and the password.
        MD5.HashData(writer.Written, key);
#pragma warning restore CA5351
        CryptographicOperations.ZeroMemory(text);
    }
}

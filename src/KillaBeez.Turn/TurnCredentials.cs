using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace KillaBeez.Turn;

/// <summary>
/// A user name and password for a TURN server that end by themselves, made from a secret that the server shares with
/// whoever hands them out; no database is needed. The form is the customary one of TURN REST services, which coturn
/// (<c>use-auth-secret</c>) and others read too: <c>username = unix-time ":" user</c>,
/// <c>password = base64(HMAC-SHA1(secret, username))</c>.
/// </summary>
public sealed record TurnCredentials
{
    private const int MacBytes = 20;

    private TurnCredentials(string username, string password, DateTimeOffset expiresAt)
    {
        Username = username;
        Password = password;
        ExpiresAt = expiresAt;
    }

    /// <summary>The user name, which says when it ends.</summary>
    public string Username { get; }

    /// <summary>The password that belongs to it: give it to this user only, and do not log it.</summary>
    public string Password { get; }

    /// <summary>No allocation can be made after this moment, in whole seconds; those that exist may be refreshed.</summary>
    public DateTimeOffset ExpiresAt { get; }

    /// <summary>Makes credentials.</summary>
    /// <param name="secret">The secret of the TURN server, as it was given to it; not empty.</param>
    /// <param name="user">Whom they are for: the server counts its quotas by this name. At most 200 bytes of UTF-8; may be empty.</param>
    /// <param name="lifetime">How long they are valid; more than zero.</param>
    /// <param name="now">The time of day.</param>
    /// <exception cref="ArgumentException">The secret is empty, the name too long or the lifetime not positive.</exception>
    public static TurnCredentials Create(string secret, string user, TimeSpan lifetime, DateTimeOffset now)
    {
        ArgumentException.ThrowIfNullOrEmpty(secret);
        ArgumentNullException.ThrowIfNull(user);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Encoding.UTF8.GetByteCount(user), TurnServerLimits.MaxUserBytes, nameof(user));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(lifetime, TimeSpan.Zero);
        var expiresAt = DateTimeOffset.FromUnixTimeSeconds((now + lifetime).ToUnixTimeSeconds());
        var username = string.Create(CultureInfo.InvariantCulture, $"{expiresAt.ToUnixTimeSeconds()}:{user}");
        Span<byte> password = stackalloc byte[PasswordBytes];
        WritePassword(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(username), password);
        return new TurnCredentials(username, Encoding.ASCII.GetString(password), expiresAt);
    }

    /// <summary>Without the password.</summary>
    public override string ToString() => $"{Username} (until {ExpiresAt:u})";

    /// <summary>The length of every password: 20 bytes in base64.</summary>
    internal const int PasswordBytes = 28;

    /// <summary>Writes the password of a user name as the ASCII bytes that travel.</summary>
    internal static void WritePassword(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> username, Span<byte> password)
    {
        Span<byte> mac = stackalloc byte[MacBytes];
#pragma warning disable CA5350 // The customary form prescribes HMAC-SHA1, which does not rest on SHA-1's collision resistance.
        HMACSHA1.HashData(secret, username, mac);
#pragma warning restore CA5350
        System.Buffers.Text.Base64.EncodeToUtf8(mac, password, out _, out _);
        CryptographicOperations.ZeroMemory(mac);
    }
}

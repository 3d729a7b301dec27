using System.Security.Cryptography;
using System.Text;

namespace KillaBeez.WebRtc.Stun;

/// <summary>HMAC keys of the long-term credential mechanism (RFC 8489, section 9.2.2 and 18.5.1).</summary>
internal static class StunKeys
{
    public const int Md5Bytes = 16;
    public const int Sha256Bytes = 32;

    /// <summary>MD5(user ":" realm ":" password), the key of servers that offer no password algorithms.</summary>
    public static byte[] LongTermMd5(string username, string realm, string password) =>
#pragma warning disable CA5351 // RFC 8489 prescribes MD5 here; the mechanism's strength is the HMAC and the password.
        MD5.HashData(Encoding.UTF8.GetBytes($"{username}:{realm}:{password}"));
#pragma warning restore CA5351

    /// <summary>SHA-256(user ":" realm ":" password), for PASSWORD-ALGORITHM SHA-256.</summary>
    public static byte[] LongTermSha256(string username, string realm, string password) =>
        SHA256.HashData(Encoding.UTF8.GetBytes($"{username}:{realm}:{password}"));

    /// <summary>USERHASH: SHA-256(user ":" realm) (RFC 8489, section 14.4).</summary>
    public static byte[] Userhash(string username, string realm) =>
        SHA256.HashData(Encoding.UTF8.GetBytes($"{username}:{realm}"));
}

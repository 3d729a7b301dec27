using System.Security.Cryptography;
using System.Text;
using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Turn;

/// <summary>
/// The long-term credential mechanism of one client (RFC 8489, section 9.2): what the server's challenge said, the key
/// that follows from it, and how requests and answers are proven.
/// </summary>
internal sealed class TurnAuthentication
{
    private readonly string _username;
    private readonly string _password;
    private string _realm = string.Empty;
    private byte[] _nonce = [];
    private byte[] _offeredAlgorithms = [];
    private StunPasswordAlgorithm? _algorithm;
    private byte[]? _userhash;
    private byte[] _key = [];

    public TurnAuthentication(string username, string password)
    {
        var bytes = Encoding.UTF8.GetByteCount(username);
        if (bytes is 0 or > TurnClientLimits.MaxUsernameBytes)
        {
            throw new ArgumentException($"A TURN user name has 1 to {TurnClientLimits.MaxUsernameBytes} bytes; this one has {bytes}.", nameof(username));
        }

        _username = username;
        _password = password;
    }

    /// <summary>Whether a challenge has been accepted: requests carry credentials from then on.</summary>
    public bool IsChallenged { get; private set; }

    /// <summary>
    /// Takes realm and nonce of a 401 or 438 answer. False where the challenge is incomplete, too long, asks for
    /// something unknown, or has been tampered with.
    /// </summary>
    public bool TryAccept(in StunMessage challenge)
    {
        if (!challenge.TryGet(StunAttributeType.Nonce, out var nonce)
            || nonce.Length is 0 or > TurnClientLimits.MaxChallengeBytes
            || !challenge.TryGet(StunAttributeType.Realm, out var realmBytes)
            || realmBytes.Length is 0 or > TurnClientLimits.MaxChallengeBytes)
        {
            return false;
        }

        StunPasswordAlgorithm? algorithm = null;
        ReadOnlySpan<byte> offered = [];
        var features = StunNonce.ReadFeatures(nonce);
        if (features.HasFlag(StunSecurityFeatures.PasswordAlgorithms))
        {
            // RFC 8489, section 9.2.5: the bit without the list means that somebody took the list out.
            if (!PasswordAlgorithmsAttribute.TryReadFirstKnown(challenge, out var first)
                || !challenge.TryGet(StunAttributeType.PasswordAlgorithms, out offered))
            {
                return false;
            }

            algorithm = first;
        }

        Apply(Encoding.UTF8.GetString(realmBytes), algorithm, features.HasFlag(StunSecurityFeatures.UsernameAnonymity));
        _nonce = nonce.ToArray();
        _offeredAlgorithms = offered.ToArray();
        IsChallenged = true;
        return true;
    }

    /// <summary>Appends the credentials and the proof to a request; nothing before there was a challenge. Always the last call.</summary>
    public void Seal(ref StunWriter writer)
    {
        if (!IsChallenged)
        {
            return;
        }

        if (_userhash is not null)
        {
            writer.Write(StunAttributeType.Userhash, _userhash);
        }
        else
        {
            TextAttribute.Write(ref writer, StunAttributeType.Username, _username);
        }

        TextAttribute.Write(ref writer, StunAttributeType.Realm, _realm);
        writer.Write(StunAttributeType.Nonce, _nonce);
        if (_algorithm is { } algorithm)
        {
            writer.Write(StunAttributeType.PasswordAlgorithms, _offeredAlgorithms);
            PasswordAlgorithmAttribute.Write(ref writer, algorithm);
            MessageIntegritySha256Attribute.Write(ref writer, _key);
        }
        else
        {
            MessageIntegrityAttribute.Write(ref writer, _key);
        }
    }

    /// <summary>
    /// Whether an answer was made with our key. Where algorithms were negotiated only the stronger proof counts: taking
    /// the weaker would let somebody on the way bid it down.
    /// </summary>
    public bool IsProven(in StunMessage answer) => IsChallenged && (_algorithm is null
        ? MessageIntegrityAttribute.IsValid(answer, _key)
        : MessageIntegritySha256Attribute.IsValid(answer, _key));

    /// <summary>Whether an answer claims to be proven at all.</summary>
    public static bool HasProof(in StunMessage answer) => answer.IntegrityOffset >= 0 || answer.IntegritySha256Offset >= 0;

    /// <summary>Forgets the key.</summary>
    public void Clear()
    {
        CryptographicOperations.ZeroMemory(_key);
        IsChallenged = false;
    }

    private void Apply(string realm, StunPasswordAlgorithm? algorithm, bool wantsUserhash)
    {
        if (!IsChallenged || realm != _realm || algorithm != _algorithm)
        {
            CryptographicOperations.ZeroMemory(_key);
            _realm = realm;
            _algorithm = algorithm;
            _key = algorithm == StunPasswordAlgorithm.Sha256
                ? StunKeys.LongTermSha256(_username, realm, _password)
                : StunKeys.LongTermMd5(_username, realm, _password);
        }

        _userhash = wantsUserhash ? StunKeys.Userhash(_username, realm) : null;
    }
}

using System.Text;

namespace KillaBeez.WebRtc.Ice;

/// <summary>
/// One side's ufrag and password (RFC 8839, section 5.4). A value that exists holds ice-chars of legal length
/// only. <see cref="ToString"/> leaves the password out.
/// </summary>
internal sealed record IceCredentials
{
    private const string IceChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    private const int NewUfragChars = 8;
    private const int NewPasswordChars = 24;
    private readonly byte[] _ufragBytes;
    private readonly byte[] _passwordBytes;

    private IceCredentials(string ufrag, string password)
    {
        Ufrag = ufrag;
        Password = password;
        _ufragBytes = Encoding.ASCII.GetBytes(ufrag);
        _passwordBytes = Encoding.ASCII.GetBytes(password);
    }

    public string Ufrag { get; }

    public string Password { get; }

    public ReadOnlySpan<byte> UfragBytes => _ufragBytes;

    /// <summary>The key of MESSAGE-INTEGRITY: the password as it is (RFC 8489, section 9.1.1).</summary>
    public ReadOnlySpan<byte> PasswordBytes => _passwordBytes;

    /// <summary>New credentials: 48 random bits of ufrag, 144 of password (RFC 8445, section 5.3 asks for 24 and 128).</summary>
    public static IceCredentials Generate(IRandomSource random) =>
        new(RandomIceChars(random, NewUfragChars), RandomIceChars(random, NewPasswordChars));

    /// <summary>Checks characters and lengths.</summary>
    public static bool TryCreate(string? ufrag, string? password, out IceCredentials? credentials)
    {
        var ok = IsLegal(ufrag, IceLimits.MinUfragChars) && IsLegal(password, IceLimits.MinPasswordChars);
        credentials = ok ? new IceCredentials(ufrag!, password!) : null;
        return ok;
    }

    /// <summary>As <see cref="TryCreate"/>, for values that this side made itself.</summary>
    /// <exception cref="ArgumentException">A character or a length is illegal.</exception>
    public static IceCredentials Create(string ufrag, string password) =>
        TryCreate(ufrag, password, out var credentials)
            ? credentials!
            : throw new ArgumentException("An ICE ufrag has 4 to 256 and a password 22 to 256 of the characters A-Z a-z 0-9 + /.");

    /// <summary>Whether a character may stand in a ufrag, password or foundation.</summary>
    public static bool IsIceChar(char c) => char.IsAsciiLetterOrDigit(c) || c is '+' or '/';

    public bool Equals(IceCredentials? other) => other is not null && Ufrag == other.Ufrag && Password == other.Password;

    public override int GetHashCode() => Ufrag.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => $"ufrag {Ufrag}";

    private static bool IsLegal(string? value, int minChars)
    {
        if (value is null || value.Length < minChars || value.Length > IceLimits.MaxCredentialChars)
        {
            return false;
        }

        foreach (var c in value)
        {
            if (!IsIceChar(c))
            {
                return false;
            }
        }

        return true;
    }

    private static string RandomIceChars(IRandomSource random, int count)
    {
        // 64 characters: six bits of a random byte choose one without bias.
        Span<byte> bytes = stackalloc byte[count];
        random.Fill(bytes);
        Span<char> chars = stackalloc char[count];
        for (var i = 0; i < count; i++)
        {
            chars[i] = IceChars[bytes[i] & 0x3F];
        }

        return new string(chars);
    }
}

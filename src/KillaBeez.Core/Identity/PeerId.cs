using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace KillaBeez;

/// <summary>
/// The identity of a node: its Ed25519 public key, 32 bytes, written as 64 lower-case hex characters.
/// Ids are ordered as unsigned big-endian numbers; the order decides who initiates between two nodes.
/// </summary>
public readonly struct PeerId : IEquatable<PeerId>, IComparable<PeerId>, ISpanParsable<PeerId>
{
    /// <summary>The size of an id in bytes.</summary>
    public const int SizeBytes = 32;

    private const int ShortChars = 10;

    private readonly UInt128 _high;
    private readonly UInt128 _low;

    /// <summary>Makes an id of a public key's bytes.</summary>
    /// <param name="publicKey">Exactly <see cref="SizeBytes"/> bytes.</param>
    /// <exception cref="ArgumentException">The length is another.</exception>
    public PeerId(ReadOnlySpan<byte> publicKey)
    {
        if (publicKey.Length != SizeBytes)
        {
            throw new ArgumentException($"A PeerId has {SizeBytes} bytes, not {publicKey.Length}.", nameof(publicKey));
        }

        _high = BinaryPrimitives.ReadUInt128BigEndian(publicKey);
        _low = BinaryPrimitives.ReadUInt128BigEndian(publicKey[16..]);
    }

    /// <summary>Whether this is the default value, which is no node's id.</summary>
    public bool IsEmpty => _high == 0 && _low == 0;

    /// <summary>Writes the key's bytes.</summary>
    /// <param name="destination">At least <see cref="SizeBytes"/> bytes.</param>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt128BigEndian(destination, _high);
        BinaryPrimitives.WriteUInt128BigEndian(destination[16..], _low);
    }

    /// <summary>The key's bytes in a new array.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[SizeBytes];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>64 lower-case hex characters.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[SizeBytes];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    /// <summary>The first 10 hex characters, for people.</summary>
    public string ToShortString() => ToString()[..ShortChars];

    /// <summary>Reads 64 hex characters, upper or lower case.</summary>
    /// <exception cref="FormatException">The text is not a PeerId.</exception>
    public static PeerId Parse(string s) => Parse(s.AsSpan());

    /// <summary>Reads 64 hex characters, upper or lower case.</summary>
    /// <exception cref="FormatException">The text is not a PeerId.</exception>
    public static PeerId Parse(ReadOnlySpan<char> s) => TryParse(s, out var id)
        ? id
        : throw new FormatException($"A PeerId is {SizeBytes * 2} hex characters; this has {s.Length} characters or others than hex.");

    /// <summary>Reads 64 hex characters, upper or lower case; false where the text is anything else.</summary>
    public static bool TryParse(ReadOnlySpan<char> s, out PeerId result)
    {
        Span<byte> bytes = stackalloc byte[SizeBytes];
        if (s.Length == SizeBytes * 2
            && Convert.FromHexString(s, bytes, out _, out var written) == System.Buffers.OperationStatus.Done
            && written == SizeBytes)
        {
            result = new PeerId(bytes);
            return true;
        }

        result = default;
        return false;
    }

    /// <inheritdoc cref="Parse(string)"/>
    static PeerId IParsable<PeerId>.Parse(string s, IFormatProvider? provider) => Parse(s);

    /// <inheritdoc/>
    static bool IParsable<PeerId>.TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out PeerId result) => TryParse(s, out result);

    /// <inheritdoc/>
    static PeerId ISpanParsable<PeerId>.Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Parse(s);

    /// <inheritdoc/>
    static bool ISpanParsable<PeerId>.TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out PeerId result) => TryParse(s, out result);

    /// <inheritdoc/>
    public bool Equals(PeerId other) => _high == other._high && _low == other._low;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is PeerId other && Equals(other);

    /// <summary>A hash of the id. Keys are chosen by peers, so it is seeded per process.</summary>
    public override int GetHashCode() => HashCode.Combine(_high, _low);

    /// <summary>Compares two ids as unsigned big-endian numbers.</summary>
    public int CompareTo(PeerId other)
    {
        var high = _high.CompareTo(other._high);
        return high != 0 ? high : _low.CompareTo(other._low);
    }

    /// <summary>Whether two ids are the same.</summary>
    public static bool operator ==(PeerId a, PeerId b) => a.Equals(b);

    /// <summary>Whether two ids differ.</summary>
    public static bool operator !=(PeerId a, PeerId b) => !a.Equals(b);

    /// <summary>Whether <paramref name="a"/> is the smaller number.</summary>
    public static bool operator <(PeerId a, PeerId b) => a.CompareTo(b) < 0;

    /// <summary>Whether <paramref name="a"/> is the larger number.</summary>
    public static bool operator >(PeerId a, PeerId b) => a.CompareTo(b) > 0;

    /// <summary>Whether <paramref name="a"/> is not the larger number.</summary>
    public static bool operator <=(PeerId a, PeerId b) => a.CompareTo(b) <= 0;

    /// <summary>Whether <paramref name="a"/> is not the smaller number.</summary>
    public static bool operator >=(PeerId a, PeerId b) => a.CompareTo(b) >= 0;
}

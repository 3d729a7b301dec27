using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using KillaBeez.WebRtc;

namespace KillaBeez.Turn.Authentication;

/// <summary>
/// Nonces that need no memory: the moment they end, and a MAC over it and the client's address. Only whoever receives
/// at that address can have one, which is what keeps a forged source from getting an allocation.
/// <code>
/// base64( end in seconds (32 bits) | HMAC-SHA256(key, end | address | port), its first 64 bits )
/// </code>
/// </summary>
internal sealed class NonceMaker
{
    /// <summary>The length of every nonce: 12 bytes in base64.</summary>
    public const int Bytes = 16;

    private const int TimeBytes = 4;
    private const int MacBytes = 8;
    private const int MaxInputBytes = TimeBytes + 16 + 2 + 1;

    private readonly byte[] _key = new byte[32];
    private readonly uint _lifetimeSeconds;

    public NonceMaker(TimeSpan lifetime, IRandomSource random)
    {
        _lifetimeSeconds = (uint)Math.Max(1, (long)lifetime.TotalSeconds);
        random.Fill(_key);
    }

    public void Write(Instant now, TransportAddress client, Span<byte> nonce)
    {
        Span<byte> plain = stackalloc byte[TimeBytes + MacBytes];
        WritePlain(SecondsOf(now) + _lifetimeSeconds, client, plain);
        Base64.EncodeToUtf8(plain, nonce, out _, out _);
    }

    /// <summary>Whether this server made the nonce, for this client, and it has not ended.</summary>
    public bool IsValid(Instant now, TransportAddress client, ReadOnlySpan<byte> nonce)
    {
        Span<byte> plain = stackalloc byte[TimeBytes + MacBytes];
        if (nonce.Length != Bytes
            || Base64.DecodeFromUtf8(nonce, plain, out _, out var written) != System.Buffers.OperationStatus.Done
            || written != plain.Length)
        {
            return false;
        }

        var end = BinaryPrimitives.ReadUInt32BigEndian(plain);
        Span<byte> expected = stackalloc byte[TimeBytes + MacBytes];
        WritePlain(end, client, expected);
        return CryptographicOperations.FixedTimeEquals(plain, expected) && SecondsOf(now) < end;
    }

    private void WritePlain(uint end, TransportAddress client, Span<byte> plain)
    {
        Span<byte> input = stackalloc byte[MaxInputBytes];
        var writer = new SpanWriter(input);
        writer.WriteUInt32(end);
        writer.WriteUInt16(client.Port);
        writer.WriteByte(client.IsTcp ? (byte)1 : (byte)0);
        client.WriteAddress(writer.Reserve(client.AddressBytes));
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, writer.Written, mac);
        BinaryPrimitives.WriteUInt32BigEndian(plain, end);
        mac[..MacBytes].CopyTo(plain[TimeBytes..]);
    }

    private static uint SecondsOf(Instant now) => (uint)(now.Microseconds / 1_000_000);
}

using System.Text;

namespace KillaBeez.Swarm.Signaling.Exchange;

/// <summary>
/// What a client signs to subscribe:
/// <code>
/// +-----------+--------------+--------+--------------+-------------------+
/// | version 1 | challenge 32 | key 32 | name bytes 2 | server name UTF-8 |
/// +-----------+--------------+--------+--------------+-------------------+
/// </code>
/// </summary>
internal static class ExchangeSubscription
{
    public const byte Version = 1;
    public const int ChallengeBytes = 32;

    public static byte[] Sign(KeyPair keyPair, ReadOnlySpan<byte> challenge, string serverName)
    {
        var signature = new byte[KeyPair.SignatureBytes];
        keyPair.Sign(SignaturePurpose.ExchangeSubscribe, Canonical(keyPair.Id, challenge, serverName), signature);
        return signature;
    }

    public static bool Verify(PeerId key, ReadOnlySpan<byte> challenge, string serverName, ReadOnlySpan<byte> signature) =>
        KeyPair.Verify(key, SignaturePurpose.ExchangeSubscribe, Canonical(key, challenge, serverName), signature);

    private static byte[] Canonical(PeerId key, ReadOnlySpan<byte> challenge, string serverName)
    {
        var nameBytes = Encoding.UTF8.GetByteCount(serverName);
        var bytes = new byte[1 + ChallengeBytes + PeerId.SizeBytes + 2 + nameBytes];
        var writer = new SpanWriter(bytes);
        writer.WriteByte(Version);
        writer.WriteBytes(challenge[..ChallengeBytes]);
        key.CopyTo(writer.Reserve(PeerId.SizeBytes));
        writer.WriteUInt16((ushort)nameBytes);
        Encoding.UTF8.GetBytes(serverName, writer.Reserve(nameBytes));
        return bytes;
    }
}

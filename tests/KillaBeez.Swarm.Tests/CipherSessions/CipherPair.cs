using KillaBeez.Swarm.CipherSessions;

namespace KillaBeez.Swarm.Tests.CipherSessions;

/// <summary>Two nodes with keys of a seed, and the handshakes and sessions between them.</summary>
internal sealed class CipherPair : IDisposable
{
    private readonly SeededRandomSource _random;

    public CipherPair(ulong seed = 1)
    {
        _random = new SeededRandomSource(seed);
        Alice = KeyPair.Generate(_random);
        Bob = KeyPair.Generate(_random);
        Eve = KeyPair.Generate(_random);
    }

    public static byte[] Prologue { get; } = CipherPrologue.ForSimulatedPath(7);

    public KeyPair Alice { get; }

    public KeyPair Bob { get; }

    public KeyPair Eve { get; }

    public CipherHandshake Dial(KeyPair? from = null, PeerId? to = null, byte[]? prologue = null) =>
        CipherHandshake.Initiator(from ?? Alice, to ?? Bob.Id, prologue ?? Prologue, _random);

    public CipherHandshake Answer(KeyPair? self = null, PeerId? expected = null, byte[]? prologue = null) =>
        CipherHandshake.Responder(self ?? Bob, expected ?? Alice.Id, prologue ?? Prologue, _random);

    public static byte[] Write(CipherHandshake handshake, params byte[] payload)
    {
        var buffer = new byte[CipherLimits.Message1OverheadBytes + CipherLimits.MaxHandshakePayloadBytes];
        return buffer[..handshake.WriteMessage(payload, buffer)];
    }

    public static byte[]? Read(CipherHandshake handshake, byte[] message, out CipherError error)
    {
        var payload = new byte[CipherLimits.MaxHandshakePayloadBytes];
        return handshake.TryReadMessage(message, payload, out var bytes, out error) ? payload[..bytes] : null;
    }

    public (CipherSession Initiator, CipherSession Responder) Connect()
    {
        using var dialed = Dial();
        using var answered = Answer();
        Assert.NotNull(Read(answered, Write(dialed, 1, 2, 3), out _));
        Assert.NotNull(Read(dialed, Write(answered, 4, 5), out _));
        return (dialed.Split(), answered.Split());
    }

    public static byte[] Seal(CipherSession session, byte[] plaintext)
    {
        var sealedBytes = new byte[plaintext.Length + CipherSession.OverheadBytes];
        Assert.Equal(sealedBytes.Length, session.Seal(plaintext, sealedBytes));
        return sealedBytes;
    }

    public static byte[]? Open(CipherSession session, byte[] message)
    {
        var plaintext = new byte[CipherLimits.MaxPlaintextBytes];
        return session.TryOpen(message, plaintext, out var bytes) ? plaintext[..bytes] : null;
    }

    public void Dispose()
    {
        Alice.Dispose();
        Bob.Dispose();
        Eve.Dispose();
    }
}

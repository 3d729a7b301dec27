using KillaBeez.Swarm.CipherSessions;

namespace KillaBeez.Benchmarks.Swarm;

/// <summary>The Noise session of a link: its handshake, and sealing and opening messages.</summary>
internal static class NoiseBenchmarks
{
    private const int Messages = 2000;
    private const int Handshakes = 500;

    private static readonly byte[] _prologue = CipherPrologue.ForSimulatedPath(1);

    public static void Run(Report report)
    {
        var random = new SeededRandomSource(1);
        using var alice = KeyPair.Generate(random);
        using var bob = KeyPair.Generate(random);
        report.Time("handshake, both sides", Handshakes, () =>
        {
            for (var i = 0; i < Handshakes; i++)
            {
                var (a, b) = Connect(alice, bob, random);
                a.Dispose();
                b.Dispose();
            }
        });
        foreach (var size in (int[])[64, 1024, 16 * 1024, CipherLimits.MaxPlaintextBytes])
        {
            var (initiator, responder) = Connect(alice, bob, random);
            using (initiator)
            using (responder)
            {
                var plaintext = new byte[size];
                var message = new byte[size + CipherSession.OverheadBytes];
                report.Time($"seal and open {size:N0} B", Messages, () => SealAndOpen(initiator, responder, plaintext, message), size);
            }
        }
    }

    private static void SealAndOpen(CipherSession from, CipherSession to, byte[] plaintext, byte[] message)
    {
        for (var i = 0; i < Messages; i++)
        {
            from.Seal(plaintext, message);
            if (!to.TryOpen(message, plaintext, out _))
            {
                throw new InvalidOperationException("A sealed message could not be opened.");
            }
        }
    }

    private static (CipherSession Initiator, CipherSession Responder) Connect(KeyPair alice, KeyPair bob, SeededRandomSource random)
    {
        using var dialing = CipherHandshake.Initiator(alice, bob.Id, _prologue, random);
        using var answering = CipherHandshake.Responder(bob, alice.Id, _prologue, random);
        Span<byte> message = stackalloc byte[CipherLimits.Message1OverheadBytes + CipherLimits.MaxHandshakePayloadBytes];
        Carry(dialing, answering, message);
        Carry(answering, dialing, message);
        return (dialing.Split(), answering.Split());
    }

    private static void Carry(CipherHandshake from, CipherHandshake to, Span<byte> message)
    {
        Span<byte> payload = stackalloc byte[CipherLimits.MaxHandshakePayloadBytes];
        var written = from.WriteMessage([1, 2, 3], message);
        if (!to.TryReadMessage(message[..written], payload, out _, out var error))
        {
            throw new InvalidOperationException($"The handshake failed: {error}.");
        }
    }
}

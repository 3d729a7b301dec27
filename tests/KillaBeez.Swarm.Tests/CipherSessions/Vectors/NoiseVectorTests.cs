using System.Text.Json;
using KillaBeez.Sodium;
using KillaBeez.Swarm.CipherSessions.Noise;

namespace KillaBeez.Swarm.Tests.CipherSessions;

/// <summary>
/// Every published vector with X25519 and ChaChaPoly, of two independent generators: each handshake and
/// transport message byte by byte, in both directions, and the handshake hash.
/// </summary>
public sealed class NoiseVectorTests
{
    [SkippableTheory]
    [InlineData("cacophony", "BLAKE2b", 59)]
    [InlineData("cacophony", "BLAKE2s", 59)]
    [InlineData("cacophony", "SHA256", 59)]
    [InlineData("cacophony", "SHA512", 59)]
    [InlineData("snow", "BLAKE2b", 51)]
    [InlineData("snow", "BLAKE2s", 51)]
    [InlineData("snow", "SHA256", 51)]
    [InlineData("snow", "SHA512", 51)]
    public void Handshake_PublishedVectors_EveryByteMatches(string file, string hash, int expectedCount)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(KillaBeez.Tests.SharedFiles.Require($"vectors/noise/{file}.txt")));
        var count = 0;
        foreach (var vector in document.RootElement.GetProperty("vectors").EnumerateArray())
        {
            var name = vector.GetProperty("protocol_name").GetString()!;
            if (name.EndsWith($"_25519_ChaChaPoly_{hash}", StringComparison.Ordinal))
            {
                Run(name, vector, VectorHash.ByName(hash));
                count++;
            }
        }

        Assert.Equal(expectedCount, count);
    }

    private static void Run(string name, JsonElement vector, INoiseHash hash)
    {
        var pattern = VectorPatterns.ByName(name.Split('_')[1]);
        using var initiator = Make(vector, "init", pattern, hash, isInitiator: true);
        using var responder = Make(vector, "resp", pattern, hash, isInitiator: false);
        var index = 0;
        var payload = new byte[1024];
        var sealedBytes = new byte[1024];
        (CipherState Sending, CipherState Receiving)? first = null;
        (CipherState Sending, CipherState Receiving)? second = null;
        foreach (var message in vector.GetProperty("messages").EnumerateArray())
        {
            var plain = Hex(message, "payload");
            var expected = message.GetProperty("ciphertext").GetString();
            var fromInitiator = pattern.IsOneWay || index % 2 == 0;
            int written;
            int read;
            if (index < pattern.Messages.Count)
            {
                var (writer, reader) = fromInitiator ? (initiator, responder) : (responder, initiator);
                Assert.Equal(NoiseError.None, writer.TryWriteMessage(plain, sealedBytes, out written));
                Assert.Equal(NoiseError.None, reader.TryReadMessage(sealedBytes.AsSpan(0, written), payload, out read));
            }
            else
            {
                if (index == pattern.Messages.Count)
                {
                    first = initiator.Split();
                    second = responder.Split();
                }

                var (sending, receiving) = fromInitiator
                    ? (first!.Value.Sending, second!.Value.Receiving)
                    : (second!.Value.Sending, first!.Value.Receiving);
                written = sending.Encrypt(default, plain, sealedBytes);
                Assert.True(receiving.TryDecrypt(default, sealedBytes.AsSpan(0, written), payload, out read));
            }

            Assert.True(expected == Convert.ToHexStringLower(sealedBytes.AsSpan(0, written)), $"{name}, message {index}");
            Assert.Equal(plain, payload.AsSpan(0, read).ToArray());
            index++;
        }

        Assert.Equal(initiator.HandshakeHash.ToArray(), responder.HandshakeHash.ToArray());
        if (vector.TryGetProperty("handshake_hash", out var handshakeHash))
        {
            Assert.Equal(handshakeHash.GetString(), Convert.ToHexStringLower(initiator.HandshakeHash));
        }
    }

    private static HandshakeState Make(JsonElement vector, string side, HandshakePattern pattern, INoiseHash hash, bool isInitiator)
    {
        var keys = new HandshakeKeys
        {
            Static = Key(vector, $"{side}_static"),
            Ephemeral = Key(vector, $"{side}_ephemeral"),
            RemoteStatic = vector.TryGetProperty($"{side}_remote_static", out _) ? Hex(vector, $"{side}_remote_static") : null,
            PreSharedKeys = vector.TryGetProperty($"{side}_psks", out var psks)
                ? [.. psks.EnumerateArray().Select(p => Convert.FromHexString(p.GetString()!))]
                : [],
        };
        return new HandshakeState(pattern, hash, isInitiator, Hex(vector, $"{side}_prologue"), keys, new SeededRandomSource(1));
    }

    private static X25519PrivateKey? Key(JsonElement vector, string name) =>
        vector.TryGetProperty(name, out _) ? new X25519PrivateKey(Hex(vector, name)) : null;

    private static byte[] Hex(JsonElement element, string name) => Convert.FromHexString(element.GetProperty(name).GetString()!);
}

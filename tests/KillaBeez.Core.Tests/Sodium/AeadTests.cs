using System.Text.Json;
using KillaBeez.Sodium;

namespace KillaBeez.Tests.Sodium;

public class AeadTests
{
    [SkippableTheory]
    [InlineData("BaseClassLibrary")]
    [InlineData("Sodium")]
    [InlineData("Automatic")]
    public void ChaCha20Poly1305_WycheproofCases_SealsAndOpensAsListed(string implementation)
    {
        var kind = Enum.Parse<ChaChaImplementation>(implementation);
        Wycheproof.ForEach("chacha20_poly1305_test.json", (_, test) =>
        {
            using var cipher = new ChaCha20Poly1305(test.Hex("key"), kind);
            var nonce = test.Hex("iv");
            if (nonce.Length != ChaCha20Poly1305.NonceBytes)
            {
                // Such a nonce cannot come from a peer; handing it in is a mistake of the caller.
                return !test.IsValid() && Throws(() => cipher.Encrypt(nonce, default, default, new byte[16]));
            }

            return Matches(
                test,
                (aad, message, output) => cipher.Encrypt(nonce, aad, message, output),
                (aad, message, output) => cipher.TryDecrypt(nonce, aad, message, output, out var written) ? written : -1);
        });
    }

    [SkippableFact]
    public void XChaCha20Poly1305_WycheproofCases_SealsAndOpensAsListed() =>
        Wycheproof.ForEach("xchacha20_poly1305_test.json", (_, test) =>
        {
            var key = test.Hex("key");
            var nonce = test.Hex("iv");
            if (nonce.Length != XChaCha20Poly1305.NonceBytes)
            {
                return !test.IsValid() && Throws(() => XChaCha20Poly1305.Encrypt(key, nonce, default, default, new byte[16]));
            }

            return Matches(
                test,
                (aad, message, output) => XChaCha20Poly1305.Encrypt(key, nonce, aad, message, output),
                (aad, message, output) => XChaCha20Poly1305.TryDecrypt(key, nonce, aad, message, output, out var written) ? written : -1);
        });

    [SkippableFact]
    public void ChaCha20Poly1305_BothImplementations_AgreeOnEverySize()
    {
        Skip.IfNot(System.Security.Cryptography.ChaCha20Poly1305.IsSupported, "the base class library has no ChaCha20-Poly1305 here");
        const ulong Seed = 7;
        var random = new SeededRandomSource(Seed);
        var key = Random(random, 32);
        using var bcl = new ChaCha20Poly1305(key, ChaChaImplementation.BaseClassLibrary);
        using var sodium = new ChaCha20Poly1305(key, ChaChaImplementation.Sodium);
        for (var size = 0; size < 70_000; size = (size * 2) + 1 + random.NextInt32(0, 5))
        {
            var nonce = Random(random, 12);
            var aad = Random(random, size % 70);
            var message = Random(random, size);
            var a = new byte[size + 16];
            var b = new byte[size + 16];
            bcl.Encrypt(nonce, aad, message, a);
            sodium.Encrypt(nonce, aad, message, b);
            Assert.True(a.SequenceEqual(b), $"seed {Seed}, size {size}");

            var opened = new byte[size];
            Assert.True(bcl.TryDecrypt(nonce, aad, b, opened, out var written) && written == size && opened.SequenceEqual(message), $"seed {Seed}, size {size}");
            opened.AsSpan().Clear();
            Assert.True(sodium.TryDecrypt(nonce, aad, a, opened, out written) && written == size && opened.SequenceEqual(message), $"seed {Seed}, size {size}");
        }
    }

    [SkippableTheory]
    [InlineData("BaseClassLibrary")]
    [InlineData("Sodium")]
    public void ChaCha20Poly1305_EveryBitFlippedAndEveryTruncation_IsRefused(string implementation)
    {
        var kind = Enum.Parse<ChaChaImplementation>(implementation);
        Skip.If(kind == ChaChaImplementation.BaseClassLibrary && !System.Security.Cryptography.ChaCha20Poly1305.IsSupported, "the base class library has no ChaCha20-Poly1305 here");
        using var cipher = new ChaCha20Poly1305(new byte[32], kind);
        var nonce = new byte[12];
        var message = new byte[21];
        var output = new byte[21];
        cipher.Encrypt(nonce, default, "hello"u8, message);
        for (var bit = 0; bit < message.Length * 8; bit++)
        {
            message[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(cipher.TryDecrypt(nonce, default, message, output, out var written));
            Assert.Equal(0, written);
            message[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        for (var size = 0; size < message.Length; size++)
        {
            Assert.False(cipher.TryDecrypt(nonce, default, message.AsSpan(0, size), output, out _));
        }

        Assert.True(cipher.TryDecrypt(nonce, default, message, output, out var opened));
        Assert.Equal("hello"u8.ToArray(), output[..opened]);
    }

    [Fact]
    public void ChaCha20Poly1305_Disposed_Throws()
    {
        var cipher = new ChaCha20Poly1305(new byte[32]);
        cipher.Dispose();

        Assert.Throws<ObjectDisposedException>(() => cipher.Encrypt(new byte[12], default, default, new byte[16]));
    }

    private delegate int Transform(ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> input, Span<byte> output);

    private static bool Matches(JsonElement test, Transform seal, Transform open)
    {
        var aad = test.Hex("aad");
        var message = test.Hex("msg");
        byte[] expected = [.. test.Hex("ct"), .. test.Hex("tag")];
        var opened = new byte[message.Length];
        if (!test.IsValid())
        {
            return open(aad, expected, opened) == -1;
        }

        var output = new byte[message.Length + 16];
        return seal(aad, message, output) == output.Length
            && output.SequenceEqual(expected)
            && open(aad, expected, opened) == message.Length
            && opened.SequenceEqual(message);
    }

    private static bool Throws(Action action)
    {
        Assert.Throws<ArgumentException>(action);
        return true;
    }

    private static byte[] Random(SeededRandomSource random, int size)
    {
        var bytes = new byte[size];
        random.Fill(bytes);
        return bytes;
    }
}

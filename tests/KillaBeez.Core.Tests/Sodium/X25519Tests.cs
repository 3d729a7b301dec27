using KillaBeez.Sodium;

namespace KillaBeez.Tests.Sodium;

public class X25519Tests
{
    [SkippableFact]
    public void Agree_WycheproofCases_GivesTheSharedSecretAndRefusesZero() =>
        Wycheproof.ForEach("x25519_test.json", (_, test) =>
        {
            var shared = new byte[32];
            var agreed = X25519.Agree(test.Hex("private"), test.Hex("public"), shared);
            return test.HasFlag("ZeroSharedSecret")
                ? !agreed && shared.All(b => b == 0)
                : agreed && shared.SequenceEqual(test.Hex("shared"));
        });

    [Fact]
    public void Agree_Rfc7748Section52_GivesThePublishedOutput()
    {
        var shared = new byte[32];

        Assert.True(X25519.Agree(
            Convert.FromHexString("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
            Convert.FromHexString("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"),
            shared));
        Assert.Equal("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552", Convert.ToHexStringLower(shared));
    }

    [Fact]
    public void Agree_TwoGeneratedPairs_ShareOneSecret()
    {
        using var a = X25519PrivateKey.Generate(new SeededRandomSource(1));
        using var b = X25519PrivateKey.Generate(new SeededRandomSource(2));
        var ab = new byte[32];
        var ba = new byte[32];

        Assert.True(a.Agree(b.PublicKey, ab));
        Assert.True(b.Agree(a.PublicKey, ba));
        Assert.Equal(ab, ba);
    }

    [Fact]
    public void Dispose_PrivateKey_IsZeroedAndRefused()
    {
        var key = X25519PrivateKey.Generate(new SeededRandomSource(1));
        unsafe
        {
            fixed (byte* bytes = key.PrivateKey)
            {
                key.Dispose();
                Assert.True(new ReadOnlySpan<byte>(bytes, X25519.KeyBytes).IndexOfAnyExcept((byte)0) < 0);
            }
        }

        Assert.Throws<ObjectDisposedException>(() => key.Agree(new byte[32], new byte[32]));
    }
}

using System.Security.Cryptography;

namespace KillaBeez.Tests.Identity;

public class KeyPairTests
{
    private static readonly byte[] s_seed = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    [Fact]
    public void Sign_KnownSeed_GivesTheSignatureOfAnIndependentImplementation()
    {
        // Computed with OpenSSL over "killabeez/1/signal" 00 "hello".
        using var pair = KeyPair.FromSeed(s_seed);
        var signature = new byte[64];
        pair.Sign(SignaturePurpose.Signal, "hello"u8, signature);

        Assert.Equal("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8", pair.Id.ToString());
        Assert.Equal(
            "aeaa6f3fa1a8daed2d587be9b9c4b2b2854dfcf1775d3919a0fdfed0514a8ecc2d5d30231cbae825a0b827fbc83472bbee3648ad8990c9a77f9b48563b128005",
            Convert.ToHexStringLower(signature));
        Assert.True(KeyPair.Verify(pair.Id, SignaturePurpose.Signal, "hello"u8, signature));
    }

    [Fact]
    public void Verify_OtherPurposeMessageOrSigner_IsRefused()
    {
        using var pair = KeyPair.FromSeed(s_seed);
        using var other = KeyPair.Generate();
        var signature = new byte[64];
        foreach (var purpose in Enum.GetValues<SignaturePurpose>())
        {
            pair.Sign(purpose, "hello"u8, signature);
            Assert.All(Enum.GetValues<SignaturePurpose>(), p => Assert.Equal(p == purpose, KeyPair.Verify(pair.Id, p, "hello"u8, signature)));
            Assert.False(KeyPair.Verify(pair.Id, purpose, "hellp"u8, signature));
            Assert.False(KeyPair.Verify(other.Id, purpose, "hello"u8, signature));
            Assert.False(KeyPair.Verify(default, purpose, "hello"u8, signature));
            Assert.False(KeyPair.Verify(pair.Id, purpose, "hello"u8, signature.AsSpan(1)));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1024)]
    [InlineData(70_000)]
    public void Sign_MessagesOfManySizes_AreVerified(int size)
    {
        using var pair = KeyPair.Generate();
        var message = new byte[size];
        var signature = new byte[64];
        pair.Sign(SignaturePurpose.NetworkMap, message, signature);

        Assert.True(KeyPair.Verify(pair.Id, SignaturePurpose.NetworkMap, message, signature));
    }

    [Fact]
    public void Prefix_EveryPurpose_IsDistinctAndClosedByAZeroByte()
    {
        var prefixes = Enum.GetValues<SignaturePurpose>().Select(p => System.Text.Encoding.ASCII.GetString(SignatureDomain.Prefix(p))).ToList();

        Assert.Equal(prefixes.Count, prefixes.Distinct().Count());
        Assert.All(prefixes, p => Assert.Matches("^killabeez/1/[a-z-]+\0$", p));
    }

    [Fact]
    public void Generate_SameSeededSource_GivesTheSamePairs()
    {
        using var a = KeyPair.Generate(new SeededRandomSource(5));
        using var b = KeyPair.Generate(new SeededRandomSource(5));
        using var c = KeyPair.Generate(new SeededRandomSource(6));
        using var d = KeyPair.Generate();

        Assert.Equal(a.Id, b.Id);
        Assert.NotEqual(a.Id, c.Id);
        Assert.NotEqual(a.Id, d.Id);
    }

    [Fact]
    public void ToX25519_BothHalves_BelongTogetherAndFollowTheStandardMap()
    {
        using var pair = KeyPair.FromSeed(s_seed);
        using var agreement = pair.ToX25519();
        var fromId = new byte[32];
        Assert.True(KeyPair.TryToX25519(pair.Id, fromId));
        Assert.Equal(fromId, agreement.PublicKey.ToArray());

        // RFC 8032, section 5.1.5: the scalar is the clamped first half of SHA-512 of the seed.
        var scalar = SHA512.HashData(s_seed)[..32];
        scalar[0] &= 0xF8;
        scalar[31] = (byte)((scalar[31] & 0x7F) | 0x40);
        Assert.Equal(scalar, agreement.PrivateKey.ToArray());
    }

    [Fact]
    public void TryToX25519_BytesThatAreNoPoint_IsFalse()
    {
        var bytes = new byte[32];
        bytes.AsSpan().Fill(0xFF);

        Assert.False(KeyPair.TryToX25519(new PeerId(bytes), new byte[32]));
        Assert.False(KeyPair.TryToX25519(default, new byte[32]));
    }

    [Fact]
    public void CopySeedTo_RoundTrip_GivesTheSamePair()
    {
        using var pair = KeyPair.Generate();
        var seed = new byte[32];
        pair.CopySeedTo(seed);
        using var again = KeyPair.FromSeed(seed);

        Assert.Equal(pair.Id, again.Id);
        Assert.Throws<ArgumentException>(() => pair.CopySeedTo(new byte[31]));
        Assert.Throws<ArgumentException>(() => KeyPair.FromSeed(new byte[33]));
    }

    [Fact]
    public void Dispose_Pair_KeepsTheIdAndRefusesTheSecret()
    {
        var pair = KeyPair.FromSeed(s_seed);
        var id = pair.Id;
        pair.Dispose();

        Assert.Equal(id, pair.Id);
        Assert.Throws<ObjectDisposedException>(() => pair.Sign(SignaturePurpose.Signal, "m"u8, new byte[64]));
        Assert.Throws<ObjectDisposedException>(() => pair.CopySeedTo(new byte[32]));
        Assert.Throws<ObjectDisposedException>(() => pair.ToX25519());
    }
}

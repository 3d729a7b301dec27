using KillaBeez.Sodium;

namespace KillaBeez.Tests.Sodium;

public class Ed25519Tests
{
    [SkippableFact]
    public void Verify_WycheproofCases_AcceptsTheValidAndRefusesTheInvalid() =>
        Wycheproof.ForEach("ed25519_test.json", (group, test) =>
            Ed25519.Verify(group.GetProperty("publicKey").Hex("pk"), test.Hex("msg"), test.Hex("sig")) == test.IsValid());

    [Fact]
    public void Sign_Rfc8032Test2_GivesThePublishedKeyAndSignature()
    {
        var publicKey = new byte[32];
        var secretKey = new byte[64];
        var signature = new byte[64];
        Ed25519.KeyPairFromSeed(Convert.FromHexString("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"), publicKey, secretKey);
        Ed25519.Sign(secretKey, [0x72], signature);

        Assert.Equal("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", Convert.ToHexStringLower(publicKey));
        Assert.Equal(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
            Convert.ToHexStringLower(signature));
    }

    [Fact]
    public void Verify_SmallOrderPublicKey_IsRefused()
    {
        // With the neutral element as key, R = identity and S = 0 "sign" every message under a lax check.
        var identity = new byte[32];
        identity[0] = 1;
        var signature = new byte[64];
        signature[0] = 1;

        Assert.False(Ed25519.Verify(identity, "anything"u8.ToArray(), signature));
        Assert.False(Ed25519.TryPublicKeyToX25519(identity, new byte[32]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(63)]
    [InlineData(65)]
    public void Verify_SignatureOfAnotherSize_IsRefused(int size) =>
        Assert.False(Ed25519.Verify(new byte[32], "m"u8.ToArray(), new byte[size]));

    [Fact]
    public void Sign_EmptyMessage_IsSignedAndVerified()
    {
        // RFC 8032, section 7.1, test 1.
        var publicKey = new byte[32];
        var secretKey = new byte[64];
        var signature = new byte[64];
        Ed25519.KeyPairFromSeed(Convert.FromHexString("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"), publicKey, secretKey);
        Ed25519.Sign(secretKey, [], signature);

        Assert.Equal(
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
            Convert.ToHexStringLower(signature));
        Assert.True(Ed25519.Verify(publicKey, [], signature));
    }

    [Theory]
    [InlineData(1u)]
    [InlineData(2u)]
    [InlineData(3u)]
    public void Verify_RandomKeysAndSignatures_AreRefusedWithoutAnException(ulong seed)
    {
        // What strangers send: any 32 bytes for a key, any 64 for a signature, messages of any size.
        var random = new SeededRandomSource(seed);
        for (var i = 0; i < 200; i++)
        {
            var key = new byte[32];
            var signature = new byte[64];
            var message = new byte[i];
            random.Fill(key);
            random.Fill(signature);
            random.Fill(message);

            Assert.False(Ed25519.Verify(key, message, signature), $"seed {seed}, round {i}");
            _ = Ed25519.TryPublicKeyToX25519(key, new byte[32]);
        }
    }

    [Fact]
    public void Sign_KeyOfAnotherSize_Throws() =>
        Assert.Throws<ArgumentException>(() => Ed25519.Sign(new byte[32], "m"u8.ToArray(), new byte[64]));
}

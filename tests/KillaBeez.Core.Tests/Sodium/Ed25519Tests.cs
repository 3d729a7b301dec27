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

        Assert.False(Ed25519.Verify(identity, "anything"u8, signature));
        Assert.False(Ed25519.TryPublicKeyToX25519(identity, new byte[32]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(63)]
    [InlineData(65)]
    public void Verify_SignatureOfAnotherSize_IsRefused(int size) =>
        Assert.False(Ed25519.Verify(new byte[32], "m"u8, new byte[size]));

    [Fact]
    public void Sign_KeyOfAnotherSize_Throws() =>
        Assert.Throws<ArgumentException>(() => Ed25519.Sign(new byte[32], "m"u8, new byte[64]));
}

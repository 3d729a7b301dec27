using KillaBeez.Sodium;

namespace KillaBeez.Tests.Sodium;

public class Blake2bTests
{
    // From RFC 7693, appendix A (64 bytes of "abc"); the others were computed with CPython's hashlib and hmac.
    private const string Abc64 = "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923";
    private const string Abc32 = "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319";
    private const string AbcKeyed32 = "d63a32d3e44738d7907f964316c241adaba0abfeabc32349677578a15a203f7f";

    [Theory]
    [InlineData(64, Abc64)]
    [InlineData(32, Abc32)]
    public void Hash_Abc_GivesThePublishedDigest(int size, string expected)
    {
        var output = new byte[size];
        Blake2b.Hash("abc"u8, output);

        Assert.Equal(expected, Convert.ToHexStringLower(output));
    }

    [Fact]
    public void Hash_TwoInputs_IsTheHashOfBothInOne()
    {
        var output = new byte[64];
        Blake2b.Hash("a"u8, "bc"u8, output);

        Assert.Equal(Abc64, Convert.ToHexStringLower(output));
    }

    [Fact]
    public void HashKeyed_Abc_GivesTheDigestOfAnIndependentImplementation()
    {
        var output = new byte[32];
        Blake2b.HashKeyed(Sequence(32), "abc"u8, output);

        Assert.Equal(AbcKeyed32, Convert.ToHexStringLower(output));
    }

    [Theory]
    [InlineData(32, 0)]
    [InlineData(64, 0)]
    [InlineData(32, 32)]
    public void Hasher_InputInPiecesOfEverySize_EqualsOneShot(int outputBytes, int keyBytes)
    {
        var input = Sequence(1000);
        var expected = new byte[outputBytes];
        Blake2b.HashKeyed(Sequence(keyBytes), input, expected);
        for (var piece = 1; piece <= 300; piece += 13)
        {
            using var hasher = new Blake2bHasher(outputBytes, Sequence(keyBytes));
            for (var at = 0; at < input.Length; at += piece)
            {
                hasher.Append(input.AsSpan(at, Math.Min(piece, input.Length - at)));
            }

            var output = new byte[outputBytes];
            hasher.Finish(output);
            Assert.True(expected.SequenceEqual(output), $"pieces of {piece}");
        }
    }

    [Fact]
    public void Hasher_Finished_TakesNoMore()
    {
        using var hasher = new Blake2bHasher(32);
        hasher.Finish(new byte[32]);

        Assert.Throws<ObjectDisposedException>(() => hasher.Append("x"u8));
        Assert.Throws<ObjectDisposedException>(() => hasher.Finish(new byte[32]));
    }

    [Theory]
    [InlineData(15)]
    [InlineData(65)]
    public void Hash_OutputOfAForbiddenSize_Throws(int size) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Blake2b.Hash("abc"u8, new byte[size]));

    [Fact]
    public void StateBytes_TheLoadedLibrary_NeedsNoMore()
    {
        SodiumLibrary.EnsureLoaded();

        Assert.True((int)SodiumNative.crypto_generichash_statebytes() <= Blake2bState.StateBytes);
    }

    [Fact]
    public void Hmac_Abc_GivesTheResultOfAnIndependentImplementation()
    {
        const string Expected = "cfb7fadba5986a2320ddff615fe9386cf3927144d40c77320914b152bb06ab8e04e835035bab5ff0f4518528fe5ce4a190d75b7b4cc03337b78f8c9d8a0761e5";
        var output = new byte[64];
        HmacBlake2b.Compute(Sequence(64), "abc"u8, output);
        Assert.Equal(Expected, Convert.ToHexStringLower(output));

        HmacBlake2b.Compute(Sequence(64), "ab"u8, "c"u8, output);
        Assert.Equal(Expected, Convert.ToHexStringLower(output));
    }

    [Fact]
    public void Hkdf_TwoAndThreeOutputs_GiveTheResultsOfAnIndependentImplementation()
    {
        byte[] one = new byte[64], two = new byte[64], three = new byte[64];
        HkdfBlake2b.Derive(Sequence(64), Sequence(32), one, two, three);
        Assert.Equal("b257cf2863e7aa7f84d41d31e58df6dfb1e0a6cf3172192cc35eba2625a21975db4475b2ef89316383acac6b2ac7cf03f7583e0ff20a64fb208fa5b1199f835f", Convert.ToHexStringLower(one));
        Assert.Equal("4f4d712feaff914e80db4d0d400a46056854134b5001018c4f1fe19bb477053c5a9b92f8c937b1328c0ae7e51895b8d68068bc84d59436cc3b75de5a2d6d0630", Convert.ToHexStringLower(two));
        Assert.Equal("c3e03a921f0f492329fe003e995b982fdd8c0596cc3575e01c2f24234e05e4778d233726d60ffe48a7d9ef235a6ff5fac555bafcfdd1272c4763ded2e01c0c3f", Convert.ToHexStringLower(three));

        var chainingKey = Sequence(64);
        HkdfBlake2b.Derive(chainingKey, Sequence(32), chainingKey, two);
        Assert.Equal(one, chainingKey);
    }

    private static byte[] Sequence(int size) => [.. Enumerable.Range(0, size).Select(i => (byte)i)];
}

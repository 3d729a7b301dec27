using System.Text;
using KillaBeez.Swarm.Signaling;

namespace KillaBeez.Swarm.Tests.Signaling;

public class SealedSignalTests
{
    // Computed by an independent implementation in Python: Alice's offer to Bob, randomness from seed 1.
    private const string GoldenJson =
        """{"v":1,"to":"2152f8d19b791d24453242e15f2eab6cb7cffa7b6a5ed30097960e069881db12","from":"03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8","id":"wVwCiewtCpFn7I5loY3rvg","created":1700000000000,"expires":1700000030000,"key":"mIfpSbikGAdUaupVdnVHdOt1Q9UDw9xW2YDeYWbtB10","box":"7tcE5wVMn9DWtQ5pXpQyyfso12COOWQhjuA-fPXDBAjaiobE2_OVFQil","sig":"oBhFkkHYOqHsT-ifuy37SBD0ylIAyWVhGi3DpJSrZRPfxYw9TZEqjkXiYmresZNzzFTpzEbUuNCXbxU5iElHAQ"}""";

    private const string GoldenBinary =
        "012152f8d19b791d24453242e15f2eab6cb7cffa7b6a5ed30097960e069881db1203a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8c15c0289ec2d0a9167ec8e65a18debbe0000018bcfe568000000018bcfe5dd309887e949b8a41807546aea5576754774eb7543d503c3dc56d980de6166ed075deed704e7054c9fd0d6b50e695e9432c9fb28d7608e3964218ee03e7cf5c30408da8a86c4dbf3951508a5a018459241d83aa1ec4fe89fbb2dfb4810f4ca5200c965611a2dc3a494ab6513dfc58c3d4d912a8e45e2626adeb19373cc54e9cc46d4b8d0976f153988494701";

    [Fact]
    public void Seal_KnownKeysAndSeed_GivesTheBytesOfAnIndependentImplementation()
    {
        var signal = SignalSealer.Seal(Samples.Alice, Samples.Bob.Id, Samples.Content, Samples.NowUnixMs, new SeededRandomSource(1));

        Assert.Equal(GoldenJson, Encoding.UTF8.GetString(signal.ToJson()));
        Assert.Equal(GoldenBinary, Convert.ToHexStringLower(signal.ToBinary()));
    }

    [Fact]
    public void TryParse_GoldenJson_IsGenuineAndOpensAtItsReceiver()
    {
        var signal = Parse(GoldenJson);

        Assert.True(SignalSealer.TryOpen(Samples.Bob, signal, out var content, out _));
        Assert.Equal(Samples.Content, content);
    }

    [Fact]
    public void TryParseBinary_GoldenBytes_IsTheSameSignal()
    {
        Assert.True(SealedSignal.TryParseBinary(Convert.FromHexString(GoldenBinary), out var signal, out var error));
        Assert.Equal(SignalParseError.None, error);
        Assert.Equal(GoldenJson, Encoding.UTF8.GetString(signal!.ToJson()));
    }

    [Fact]
    public void TryParse_FieldsInAnotherOrderWithUnknownOnesAndBlanks_IsTheSameSignal()
    {
        var fields = GoldenJson[1..^1].Split(',').Reverse();
        var json = "\n{ \"later\" : {\"a\":[1,null]} , " + string.Join(" ,\t", fields) + " } ";

        Assert.Equal(GoldenJson, Encoding.UTF8.GetString(Parse(json).ToJson()));
    }

    [Fact]
    public void TryParse_EveryTruncation_IsRefused()
    {
        var json = Encoding.UTF8.GetBytes(GoldenJson);
        for (var size = 0; size < json.Length; size++)
        {
            Assert.False(SealedSignal.TryParse(json.AsSpan(0, size), out _, out var error), $"{size} bytes");
            Assert.Equal(SignalParseError.NotJson, error);
        }

        var binary = Convert.FromHexString(GoldenBinary);
        for (var size = 0; size < SealedSignal.EnvelopeBytes + SealedSignal.MinimumBoxBytes + SealedSignal.SignatureBytes; size++)
        {
            Assert.False(SealedSignal.TryParseBinary(binary.AsSpan(0, size), out _, out var error), $"{size} bytes");
            Assert.Equal(SignalParseError.Truncated, error);
        }
    }

    [Fact]
    public void Gate_EveryByteOfTheJsonChanged_AcceptsNoneThatMeansSomethingElse()
    {
        var json = Encoding.UTF8.GetBytes(GoldenJson);
        for (var at = 0; at < json.Length; at++)
        {
            foreach (var flip in new byte[] { 1, 2, 0x20, 0x80 })
            {
                var changed = (byte[])json.Clone();
                changed[at] ^= flip;
                if (!SealedSignal.TryParse(changed, out var signal, out _))
                {
                    continue;
                }

                // What still parses either means the same (hex in the other case, an unused bit of base64url) or is dropped.
                var verdict = new SignalGate(Samples.Bob.Id).Check(Instant.Zero, Samples.NowUnixMs, signal!);
                var isSame = signal!.ToBinary().SequenceEqual(Convert.FromHexString(GoldenBinary));
                Assert.True(isSame == (verdict == SignalVerdict.Accepted), $"byte {at} ^ {flip}: {verdict}");
            }
        }
    }

    [Fact]
    public void Gate_EveryBitOfTheBinaryFlipped_AcceptsNone()
    {
        var binary = Convert.FromHexString(GoldenBinary);
        for (var bit = 0; bit < binary.Length * 8; bit++)
        {
            binary[bit / 8] ^= (byte)(1 << (bit % 8));
            if (SealedSignal.TryParseBinary(binary, out var signal, out _))
            {
                Assert.NotEqual(SignalVerdict.Accepted, new SignalGate(Samples.Bob.Id).Check(Instant.Zero, Samples.NowUnixMs, signal!));
                Assert.False(SignalSealer.TryOpen(Samples.Bob, signal!, out _, out _));
            }

            binary[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Theory]
    [InlineData("\"v\":1", "\"v\":2", "UnsupportedVersion")]
    [InlineData("\"v\":1", "\"v\":\"1\"", "MissingOrMalformedField")]
    [InlineData("\"v\":1,", "", "MissingOrMalformedField")]
    [InlineData("\"created\":1700000000000", "\"created\":-1", "MissingOrMalformedField")]
    [InlineData("\"created\":1700000000000", "\"created\":1.7e12", "MissingOrMalformedField")]
    [InlineData("\"created\":1700000000000", "\"created\":1700000030001", "MissingOrMalformedField")]
    [InlineData("\"expires\":1700000030000", "\"expires\":18446744073709551616", "MissingOrMalformedField")]
    [InlineData("\"expires\":1700000030000", "\"expires\":9007199254740992", "MissingOrMalformedField")]
    [InlineData("\"to\":\"2152", "\"to\":\"215", "MissingOrMalformedField")]
    [InlineData("\"to\":\"2152", "\"to\":\"g152", "MissingOrMalformedField")]
    [InlineData("\"id\":\"w", "\"id\":\"ww", "MissingOrMalformedField")]
    [InlineData("\"id\":\"w", "\"id\":\"=", "MissingOrMalformedField")]
    [InlineData("\"box\":\"7tcE5", "\"box\":\"7t E5", "MissingOrMalformedField")]
    [InlineData("\"sig\":\"oB", "\"sig\":\"\\u006fB", "MissingOrMalformedField")]
    [InlineData("{\"v\":1", "{\"v\":1,\"v\":1", "NotJson")]
    [InlineData("{\"v\":1", "[{\"v\":1", "NotJson")]
    [InlineData("{\"v\":1", "{\"v\":1,\"x\":[[[[[1]]]]]", "NotJson")]
    [InlineData("\"}", "\"}{}", "NotJson")]
    [InlineData("\"}", "\",}", "NotJson")]
    [InlineData("{", "/**/{", "NotJson")]
    public void TryParse_OneThingWrong_SaysWhat(string part, string replacement, string expected)
    {
        var at = GoldenJson.IndexOf(part, StringComparison.Ordinal);
        var json = GoldenJson[..at] + replacement + GoldenJson[(at + part.Length)..];

        Assert.False(SealedSignal.TryParse(Encoding.UTF8.GetBytes(json), out var signal, out var error));
        Assert.Null(signal);
        Assert.Equal(Enum.Parse<SignalParseError>(expected), error);
    }

    [Fact]
    public void TryParse_MoreThan64KiB_IsTooLarge()
    {
        var json = Encoding.UTF8.GetBytes(GoldenJson + new string(' ', SignalLimits.MaximumMessageBytes));

        Assert.False(SealedSignal.TryParse(json, out _, out var error));
        Assert.Equal(SignalParseError.TooLarge, error);
    }

    [Fact]
    public void TryParse_ManyUnknownFields_IsRefusedWithoutUnboundedWork()
    {
        var json = "{" + string.Join(',', Enumerable.Range(0, 3000).Select(i => $"\"f{i}\":0")) + "}";

        Assert.False(SealedSignal.TryParse(Encoding.UTF8.GetBytes(json), out _, out var error));
        Assert.Equal(SignalParseError.NotJson, error);
    }

    [Fact]
    public void ToJson_LongestBody_FitsAnExchangeMessageInBothForms()
    {
        var signal = Samples.Seal(Samples.Alice, Samples.Bob.Id, body: new string('x', SignalLimits.MaximumBodyBytes));
        var json = signal.ToJson();

        Assert.True(json.Length < SignalLimits.MaximumMessageBytes - 64);
        Assert.True(SealedSignal.TryParse(json, out _, out _));
        Assert.True(SealedSignal.TryParseBinary(signal.ToBinary(), out _, out _));
    }

    [Fact]
    public void TryParse_RandomBytes_NeverThrows()
    {
        const ulong Seed = 11;
        var random = new SeededRandomSource(Seed);
        var golden = Encoding.UTF8.GetBytes(GoldenJson);
        for (var i = 0; i < 5_000; i++)
        {
            var bytes = (byte[])golden.Clone();
            for (var n = random.NextInt32(1, 8); n > 0; n--)
            {
                bytes[random.NextInt32(0, bytes.Length)] = (byte)random.NextInt32(0, 256);
            }

            if (SealedSignal.TryParse(bytes, out var signal, out _))
            {
                Assert.True(SealedSignal.TryParseBinary(signal!.ToBinary(), out _, out _), $"seed {Seed}, case {i}");
            }
        }
    }

    private static SealedSignal Parse(string json)
    {
        Assert.True(SealedSignal.TryParse(Encoding.UTF8.GetBytes(json), out var signal, out var error), error.ToString());
        return signal!;
    }
}

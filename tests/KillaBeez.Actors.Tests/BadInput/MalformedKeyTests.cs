using KillaBeez.Actors.Tests.Worlds;

namespace KillaBeez.Actors.Tests.BadInput;

/// <summary>What a person can type or have on disk where a key belongs, on its way to a call.</summary>
public sealed class MalformedKeyTests
{
    private const string Good = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";

    [Theory]
    [InlineData("")]
    [InlineData("no key")]
    [InlineData(Good + "0")]
    [InlineData(" " + Good)]
    [InlineData(Good + "\n")]
    [InlineData("0x" + Good)]
    [InlineData("g3a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")]
    [InlineData("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b")]
    [InlineData("०3a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")]
    public void TextThatIsNoKey_IsRefusedWithTheRule(string text)
    {
        Assert.True(PeerId.TryParse(Good, out _));
        Assert.False(PeerId.TryParse(text, out var id));
        Assert.True(id.IsEmpty);
        var error = Assert.Throws<FormatException>(() => PeerId.Parse(text));
        Assert.Contains("64 hex characters", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0200000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")]
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    public void HexThatNobodyCanHoldAsAKey_IsInvalidKeyAndCostsNothingElse(string text)
    {
        var (world, a, _, bAtA, _) = World.Pair();
        using var owned = world;
        var id = PeerId.Parse(text);
        var error = world.Fails(() => a.CallAsync(id));
        Assert.Equal(KillaBeezError.InvalidKey, error.Error);
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
        Assert.Empty(ActorTree.Below(a, $"/killabeez/peers/{id}"));
        Assert.Equal(0, a.Node.PendingCalls);
        Assert.True(world.Run(() => bAtA.PingAsync()) > TimeSpan.Zero);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----")]
    [InlineData("killabeez-ed25519-1")]
    [InlineData("killabeez-ed25519-1 00 00")]
    [InlineData("killabeez-ed25519-1 " + Good + " " + Good)]
    [InlineData("killabeez-ed25519-2 " + Good + " " + Good)]
    public void FileThatIsNoKeyFile_IsInvalidKeyAndNamesTheFile(string content)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, content);
            var error = Assert.Throws<KillaBeezException>(() => KeyFile.Load(path));
            Assert.Equal(KillaBeezError.InvalidKey, error.Error);
            Assert.Contains(path, error.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }
}

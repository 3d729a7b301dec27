namespace KillaBeez.Turn.Tests;

public sealed class TurnCredentialsTests
{
    private static readonly DateTimeOffset _now = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    [Fact]
    public void Create_GivesTheCustomaryForm()
    {
        var credentials = TurnCredentials.Create("north", "ninefingers", TimeSpan.FromSeconds(433), _now);

        Assert.Equal("1700000433:ninefingers", credentials.Username);
        // printf 1700000433:ninefingers | openssl dgst -sha1 -hmac north -binary | base64
        Assert.Equal(ExpectedPassword, credentials.Password);
        Assert.Equal(_now + TimeSpan.FromSeconds(433), credentials.ExpiresAt);
    }

    private const string ExpectedPassword = "jSM1u7mtVOTyGo8NKiI9byC01Qo=";

    [Fact]
    public void ToString_KeepsThePasswordBack()
    {
        var credentials = TurnCredentials.Create("north", "a", TimeSpan.FromHours(1), _now);

        Assert.DoesNotContain(credentials.Password, credentials.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Create_BadArguments_AreRefused()
    {
        Assert.Throws<ArgumentException>(() => TurnCredentials.Create("", "a", TimeSpan.FromHours(1), _now));
        Assert.Throws<ArgumentOutOfRangeException>(() => TurnCredentials.Create("x", new string('a', 201), TimeSpan.FromHours(1), _now));
        Assert.Throws<ArgumentOutOfRangeException>(() => TurnCredentials.Create("x", "a", TimeSpan.Zero, _now));
    }
}

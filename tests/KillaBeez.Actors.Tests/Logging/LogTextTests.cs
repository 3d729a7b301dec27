using System.Globalization;
using KillaBeez.Actors.Logging;

namespace KillaBeez.Actors.Tests.Logging;

/// <summary>What others have written can neither forge a line of a log nor fill the disk nor tell a secret.</summary>
public sealed class LogTextTests
{
    [Theory]
    [InlineData(null, "\"\"")]
    [InlineData("closed by the exchange", "\"closed by the exchange\"")]
    [InlineData("Straße 5, 漢字 🐝", "\"Straße 5, 漢字 🐝\"")]
    [InlineData("all is well\r\n[ERROR] not so", "\"all is well[ERROR] not so\"")]
    [InlineData("\u001b[31mred\u0007\0\u0085\u2028\u2029", "\"[31mred\"")]
    [InlineData("a\u202egnp.exe\u200b\ufeff", "\"agnp.exe\"")]
    [InlineData("\" and out", "\"' and out\"")]
    [InlineData("half \ud83d a pair \udc1d", "\"half  a pair \"")]
    [InlineData("{Peer} {0} {", "\"{Peer} {0} {\"")]
    public void Quote_KeepsOnlyWhatIsHarmless(string? text, string quoted) => Assert.Equal(quoted, LogText.Quote(text));

    [Fact]
    public void Quote_LongText_IsCutBetweenCharacters()
    {
        var quoted = LogText.Quote("x" + string.Concat(Enumerable.Repeat("🐝", LogText.MaxChars)));

        Assert.EndsWith("🐝…\"", quoted, StringComparison.Ordinal);
        Assert.InRange(quoted.Length, LogText.MaxChars, LogText.MaxChars + 3);
    }

    [Fact]
    public void Quote_AnyText_IsOneHarmlessLine()
    {
        var random = new SeededRandomSource(5);
        for (var i = 0; i < 2_000; i++)
        {
            var text = new string([.. Enumerable.Range(0, 300).Select(_ => (char)(random.NextUInt64() % (i % 2 == 0 ? 0x10000UL : 0x100UL)))]);
            var quoted = LogText.Quote(text);

            Assert.InRange(quoted.Length, 2, LogText.MaxChars + 3);
            Assert.All(quoted[1..^1], c => Assert.True(c is not '"' && char.GetUnicodeCategory(c) is not (UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator), $"U+{(int)c:X4}"));
        }
    }

    [Theory]
    [InlineData("wss://user:secret@exchange.example:6688/way?token=secret#secret", "wss://exchange.example:6688/way")]
    [InlineData("ws://127.0.0.1/", "ws://127.0.0.1/")]
    public void WithoutSecrets_LeavesThePlace(string address, string said) => Assert.Equal(said, LogText.WithoutSecrets(new Uri(address)));
}

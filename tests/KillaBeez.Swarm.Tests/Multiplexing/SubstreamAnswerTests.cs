using KillaBeez.Swarm.Multiplexing;

namespace KillaBeez.Swarm.Tests.Multiplexing;

public sealed class SubstreamAnswerTests
{
    [Fact]
    public void WriteAccepted_GivesOneZeroByte()
    {
        var bytes = new byte[4];
        Assert.Equal(1, SubstreamAnswer.WriteAccepted(bytes));
        Assert.Equal(0, bytes[0]);
        Assert.True(SubstreamAnswer.TryParse(bytes.AsSpan(0, 1), out var answer, out _));
        Assert.True(answer.IsAccepted);
    }

    [Fact]
    public void WriteRefused_GivesTheSpecifiedBytes()
    {
        Assert.Equal("01000001f4036e6f21", Convert.ToHexStringLower(Refused(500, "no!")));
    }

    [Fact]
    public void TryParse_Refusal_GivesCodeAndText()
    {
        Assert.True(SubstreamAnswer.TryParse(Refused(7, "voll"), out var answer, out _));
        Assert.Equal(new SubstreamAnswer(false, 7, "voll"), answer);
    }

    [Fact]
    public void TryParse_RefusalCutAtEveryByte_IsTruncatedAndWantsMore()
    {
        var whole = Refused(7, "voll");
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.False(SubstreamAnswer.TryParse(whole.AsSpan(0, length), out _, out var error));
            Assert.Equal(AnswerParseError.Truncated, error);
            Assert.InRange(SubstreamAnswer.NeededBytes(whole.AsSpan(0, length)), length + 1, whole.Length);
        }

        Assert.Equal(whole.Length, SubstreamAnswer.NeededBytes(whole));
    }

    [Theory]
    [InlineData("02", AnswerParseError.UnknownVerdict)]
    [InlineData("010000000001ff", AnswerParseError.TextNotUtf8)]
    public void TryParse_Wrong_SaysWhy(string hex, object expected)
    {
        Assert.False(SubstreamAnswer.TryParse(Convert.FromHexString(hex), out _, out var error));
        Assert.Equal(expected, error);
    }

    [Fact]
    public void WriteRefused_TextTooLong_IsCutBetweenCharacters()
    {
        var bytes = Refused(1, new string('ä', 200));
        Assert.True(SubstreamAnswer.TryParse(bytes, out var answer, out _));
        Assert.Equal(new string('ä', 127), answer.Text);
    }

    private static byte[] Refused(uint code, string text)
    {
        var bytes = new byte[SubstreamAnswer.MaxBytes];
        return bytes[..SubstreamAnswer.WriteRefused(code, text, bytes)];
    }
}

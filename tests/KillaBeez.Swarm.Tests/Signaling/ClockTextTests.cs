using KillaBeez.Swarm.Signaling;

namespace KillaBeez.Swarm.Tests.Signaling;

public class ClockTextTests
{
    [Theory]
    [InlineData(0, "level with")]
    [InlineData(499, "level with")]
    [InlineData(-40_000, "40 s behind")]
    [InlineData(90_000, "90 s ahead of")]
    [InlineData(720_000, "12 min ahead of")]
    [InlineData(-3_600_000, "60 min behind")]
    [InlineData(7_500_000, "2 h 5 min ahead of")]
    [InlineData(-259_200_000, "3 days behind")]
    [InlineData(long.MinValue, "106751991167 days behind")]
    public void Ahead_AnyDifference_IsSaidInWords(long differenceMs, string expected) => Assert.Equal(expected, ClockText.Ahead(differenceMs));
}

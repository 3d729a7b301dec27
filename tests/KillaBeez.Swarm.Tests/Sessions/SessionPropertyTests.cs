using System.Globalization;

namespace KillaBeez.Swarm.Tests.Sessions;

/// <summary>
/// The properties P1 to P8 of the session design over seeded schedules. A seed that breaks one prints its story;
/// make a named test of it.
/// </summary>
public sealed class SessionPropertyTests
{
    private const ulong SeedsPerProfile = 1000;

    /// <summary>Many times as many seeds where the environment says so (nightly).</summary>
    private static readonly ulong _factor =
        ulong.TryParse(Environment.GetEnvironmentVariable("KILLABEEZ_SEED_FACTOR"), NumberStyles.None, CultureInfo.InvariantCulture, out var factor)
            ? Math.Max(1, factor)
            : 1;

    public static TheoryData<string> ProfileNames => [.. ScheduleProfiles.All.Keys];

    [Theory]
    [MemberData(nameof(ProfileNames))]
    public void Schedule_ManySeeds_EveryPropertyHolds(string name)
    {
        var profile = ScheduleProfiles.All[name];
        for (var seed = 1UL; seed <= SeedsPerProfile * _factor; seed++)
        {
            var failure = SessionSchedule.Run(profile, seed);
            Assert.True(failure is null, $"profile {name}, {failure}");
        }
    }
}

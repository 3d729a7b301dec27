namespace KillaBeez.Swarm.Tests.Sessions;

/// <summary>
/// The properties P1 to P8 of the session design over seeded schedules. A seed that breaks one prints its story;
/// make a named test of it.
/// </summary>
public sealed class SessionPropertyTests
{
    private const ulong SeedsPerProfile = 1500;

    public static TheoryData<string> ProfileNames => [.. ScheduleProfiles.All.Keys];

    [Theory]
    [MemberData(nameof(ProfileNames))]
    public void Schedule_ManySeeds_EveryPropertyHolds(string name)
    {
        var profile = ScheduleProfiles.All[name];
        for (var seed = 1UL; seed <= SeedsPerProfile; seed++)
        {
            var failure = SessionSchedule.Run(profile, seed);
            Assert.True(failure is null, $"profile {name}, {failure}");
        }
    }
}

using KillaBeez.Swarm.Sessions;
using Xunit.Abstractions;

namespace KillaBeez.Swarm.Tests.Sessions;

/// <summary>
/// Each rule switched off must break a seed; otherwise the schedules are too tame to prove anything by passing.
/// </summary>
public sealed class SessionMutationTests(ITestOutputHelper output)
{
    private const ulong SeedBudget = 3000;

    private static readonly Dictionary<string, SessionRules> _mutants = new()
    {
        ["R1"] = SessionRules.All with { TagsDieWithTheirSession = false },
        ["R2"] = SessionRules.All with { OneSpareForAllAttempts = false },
        ["R3"] = SessionRules.All with { HelloIsFixedEarly = false },
        ["R4"] = SessionRules.All with { ResponderWaitsForProof = false },
        ["R7"] = SessionRules.All with { OnlyTheSpareOfNowReplaces = false },
        ["R11"] = SessionRules.All with { SwitchGoesBackToBase = false },
        ["R12"] = SessionRules.All with { OvertakenCursorRestarts = false },
        ["R19"] = SessionRules.All with { RepeatsAreAcknowledged = false },
        ["R28"] = SessionRules.All with { TombstonesAreNamed = false },
        ["R28 beside a live session"] = SessionRules.All with { TombstonesAreNamedBesideLive = false },
    };

    public static TheoryData<string> Mutants => [.. _mutants.Keys];

    [Theory]
    [MemberData(nameof(Mutants))]
    public void Rule_SwitchedOff_SomeSeedBreaks(string mutant)
    {
        for (var seed = 1UL; seed <= SeedBudget; seed++)
        {
            foreach (var (name, profile) in ScheduleProfiles.All)
            {
                if (SessionSchedule.Run(profile.WithRules(_mutants[mutant]), seed, takesTrace: false) is { } failure)
                {
                    output.WriteLine($"{mutant}: profile {name}, seed {seed}: {failure}");
                    return;
                }
            }
        }

        Assert.Fail($"{SeedBudget} seeds of each profile pass without {mutant}.");
    }
}

using KillaBeez.Swarm.Sessions;

namespace KillaBeez.Swarm.Tests.Sessions;

/// <summary>The schedules that section 9 of the session design asks for.</summary>
internal static class ScheduleProfiles
{
    private static readonly SessionOptions _tinyBudget = new() { ReplayBytes = SessionLimits.MinReplayBytes };

    private static readonly SessionOptions _tightQueue = new() { LinkQueueBytes = 1 };

    private static readonly SessionOptions _shortWindow = new()
    {
        ResumeWindow = TimeSpan.FromSeconds(6),
        TombstoneTime = TimeSpan.FromSeconds(60),
    };

    public static IReadOnlyDictionary<string, ScheduleProfile> All { get; } = new Dictionary<string, ScheduleProfile>
    {
        ["links die and switch"] = new(),
        ["both dial, many links"] = new() { MaxLinks = 6, Switches = 25, Steps = 250 },
        ["no switches, only deaths"] = new() { Switches = 0, Kills = 30, Steps = 250 },
        ["restarts"] = new() { Restarts = 2 },
        ["restarts and replays"] = new() { Restarts = 2, Replays = 2, MaxLinks = 4 },
        ["links freeze"] = new() { Freezes = 4, Pauses = 4 },
        ["windows run out"] = new() { Pauses = 10, First = _shortWindow },
        ["windows run out on both sides, restarts"] = new() { Pauses = 8, Restarts = 2, First = _shortWindow, Second = _shortWindow },
        ["closes"] = new() { Closes = true, Steps = 200 },
        ["closes, windows, replays"] = new() { Closes = true, Pauses = 6, Replays = 2, First = _shortWindow, Steps = 200 },
        ["everything"] = new() { Closes = true, Pauses = 5, Replays = 2, Restarts = 2, Freezes = 2, Aborts = 1, Leaves = 3, MaxLinks = 4, Steps = 250, First = _shortWindow },
        ["aborts and byes"] = new() { Aborts = 3, Leaves = 8, Steps = 200 },
        ["full buffers"] = new() { First = _tinyBudget, FrameBytes = [1, 20_000, 65_408], Closes = true },
        ["large frames against tiny budgets"] = new() { First = _tinyBudget, Second = _tinyBudget, FrameBytes = [SessionLimits.MaxFrameBytes], Freezes = 1 },
        ["tight link queues"] = new() { First = _tightQueue, Second = _tightQueue, Switches = 25, Steps = 200 },
        ["short and quiet"] = new() { Steps = 45, MaxLinks = 2, Kills = 4, Switches = 8 },
        ["one byte frames"] = new() { FrameBytes = [1], Steps = 300, Switches = 30 },
    };
}

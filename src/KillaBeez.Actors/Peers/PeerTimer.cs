using KillaBeez.Actors.Messages;

namespace KillaBeez.Actors.Peers;

/// <summary>What the timers of a peer's actor tell it; each is the key of its timer by its name.</summary>
internal static class PeerTimer
{
    /// <summary>An engine's time has come.</summary>
    public sealed record Tick : ILateMessage
    {
        public static readonly Tick Instance = new();
    }

    /// <summary>Nothing has been done here for long.</summary>
    public sealed record IdleDue : ILateMessage
    {
        public static readonly IdleDue Instance = new();
    }

    /// <summary>The round trip is to be measured.</summary>
    public sealed record Measure : ILateMessage
    {
        public static readonly Measure Instance = new();
    }

    /// <summary>The session still waits for a link: another call.</summary>
    public sealed record Redial : ILateMessage
    {
        public static readonly Redial Instance = new();
    }
}

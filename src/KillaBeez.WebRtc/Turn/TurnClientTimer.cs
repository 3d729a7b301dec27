namespace KillaBeez.WebRtc.Turn;

internal enum TurnClientTimer
{
    /// <summary>The allocation is to be refreshed.</summary>
    Refresh,

    /// <summary>Nothing has been sent to the server for a while.</summary>
    Keepalive,
}

using KillaBeez.WebRtc.Tests.PeerConnections;

namespace KillaBeez.WebRtc.Tests.Io;

/// <summary>For what nothing reports: looks again and again, within a generous bound.</summary>
internal static class WaitUntil
{
    public static async Task HoldsAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(RtcPair.Patience);
        while (!condition())
        {
            await Task.Delay(10, limit.Token);
        }
    }
}

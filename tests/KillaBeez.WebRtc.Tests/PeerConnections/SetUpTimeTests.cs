using System.Globalization;
using KillaBeez.WebRtc.Dtls;
using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez.WebRtc.Tests.PeerConnections;

/// <summary>
/// How many round trips lie between the applied answer and the first message, with the real DTLS library. The
/// path takes 50 ms each way and loses nothing, so that nothing is repeated.
/// </summary>
public sealed class SetUpTimeTests
{
    private const double DelayMs = 50;

    [SkippableFact]
    public void FirstMessage_OfTheOfferer_ArrivesAfterFourRoundTrips()
    {
        var times = Measure(isOffererOpening: true);
        Assert.True(times.Connected <= 6 * DelayMs, times.ToString());
        Assert.True(times.Opened <= 7 * DelayMs, times.ToString());
        Assert.True(times.FirstMessage <= 8 * DelayMs, times.ToString());
    }

    [SkippableFact]
    public void FirstMessage_OfTheAnswerer_ArrivesAfterFourAndAHalfRoundTrips()
    {
        var times = Measure(isOffererOpening: false);
        Assert.True(times.Opened <= 8 * DelayMs, times.ToString());
        Assert.True(times.FirstMessage <= 9 * DelayMs, times.ToString());
    }

    private static SetUpTimes Measure(bool isOffererOpening)
    {
        using var dtls = DtlsContext.Create(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        using var pair = new EnginePair(1, new PathConditions { DelayMs = DelayMs }, dtls: dtls);
        var opener = isOffererOpening ? pair.A : pair.B;
        var other = isOffererOpening ? pair.B : pair.A;
        var connected = Instant.Never;
        var opened = Instant.Never;
        var arrived = Instant.Never;
        var channel = opener.Engine.Channels.OpenChannel(pair.Now, new WebRtc.DataChannels.DataChannelInit { Label = "first" });
        opener.Stepped = now =>
        {
            if (opened == Instant.Never && opener.Opened.Any())
            {
                opened = now;
                Assert.True(opener.Engine.Channels.TrySend(now, channel, new byte[100], isText: false));
            }
        };
        other.MessageReceived = (now, _) => arrived = now;
        var log = new List<string>();
        pair.AToB.Tap = datagram => Note(log, pair.Now, "offerer ", datagram);
        pair.BToA.Tap = datagram => Note(log, pair.Now, "answerer", datagram);
        var begun = pair.Now;
        pair.Negotiate();
        Assert.True(pair.RunUntil(
            () =>
            {
                if (pair.A.Engine.State == PeerConnectionState.Connected && pair.B.Engine.State == PeerConnectionState.Connected)
                {
                    connected = Instant.Min(connected, pair.Now);
                }

                return arrived != Instant.Never;
            },
            10));
        return new SetUpTimes((connected - begun).TotalMilliseconds, (opened - begun).TotalMilliseconds, (arrived - begun).TotalMilliseconds, log);
    }

    private static bool Note(List<string> log, Instant now, string who, byte[] datagram)
    {
        log.Add(string.Create(CultureInfo.InvariantCulture, $"{now.Microseconds / 1000.0} ms {who} {datagram.Length} bytes, first byte {datagram[0]}"));
        return true;
    }

    private sealed record SetUpTimes(double Connected, double Opened, double FirstMessage, List<string> Log)
    {
        public override string ToString() =>
            string.Create(CultureInfo.InvariantCulture, $"connected {Connected}, opened {Opened}, first message {FirstMessage}\n{string.Join('\n', Log)}");
    }
}

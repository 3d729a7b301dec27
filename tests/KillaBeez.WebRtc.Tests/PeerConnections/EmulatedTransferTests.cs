using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez.WebRtc.Tests.PeerConnections;

/// <summary>
/// Two whole engines, ICE and SCTP real, DTLS without cryptography, on a network that loses, doubles, delays and
/// reorders: everything arrives once, in order, unchanged, within a bounded virtual time.
/// </summary>
public sealed class EmulatedTransferTests
{
    private const int MiB = 1024 * 1024;

    /// <summary>16 MiB, from a quiet LAN to a path nobody would want.</summary>
    [Theory]
    [InlineData(1, 0.00, 0.0, 1, 0)]
    [InlineData(2, 0.01, 0.0, 20, 0)]
    [InlineData(3, 0.00, 0.0, 400, 0)]
    [InlineData(4, 0.02, 0.02, 50, 10)]
    [InlineData(5, 0.10, 0.05, 10, 5)]
    [InlineData(6, 0.30, 0.05, 5, 2)]
    [InlineData(7, 0.00, 0.30, 30, 100)]
    public void Transfer_SixteenMiB_ArrivesExactly(ulong seed, double loss, double duplication, double delayMs, double jitterMs)
    {
        var conditions = new PathConditions { Loss = loss, Duplication = duplication, DelayMs = delayMs, JitterMs = jitterMs };
        Transfer(seed, conditions, 1, 256 * 1024, 16 * MiB, virtualSeconds: 6000);
    }

    [Fact]
    public void Transfer_TinyMessages_ArriveExactly() =>
        Transfer(11, new PathConditions { Loss = 0.05, DelayMs = 10, JitterMs = 10 }, 0, 8, 64 * 1024, virtualSeconds: 600);

    [Fact]
    public void Transfer_NarrowLinkWithShortQueue_ArrivesExactly() => Transfer(
        12,
        new PathConditions { DelayMs = 20, MegabitsPerSecond = 8, QueueBytes = 30_000 },
        1,
        64 * 1024,
        4 * MiB,
        virtualSeconds: 600);

    /// <summary>Conditions and sizes drawn from the seed, in blocks so that a failure names its seed and the rest still runs.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public void Transfer_RandomConditions_ArrivesExactly(int block)
    {
        const int seedsPerBlock = 250;
        for (var i = 0; i < seedsPerBlock; i++)
        {
            TransferSeed(1000 + (ulong)((block * seedsPerBlock) + i));
        }
    }

    private static void TransferSeed(ulong seed)
    {
        var random = new SeededRandomSource(seed);
        var conditions = new PathConditions
        {
            Loss = random.Chance(0.3) ? 0 : random.NextDouble() * 0.3,
            Duplication = random.Chance(0.5) ? 0 : random.NextDouble() * 0.1,
            DelayMs = 1 + (random.NextDouble() * (random.Chance(0.2) ? 399 : 50)),
            JitterMs = random.Chance(0.5) ? 0 : random.NextDouble() * 50,
            MegabitsPerSecond = random.Chance(0.3) ? 1 + (random.NextDouble() * 50) : 0,
            QueueBytes = 20_000 + random.NextInt32(0, 200_000),
        };
        var maxBytes = random.NextInt32(0, 4) switch { 0 => 16, 1 => 1160, 2 => 16 * 1024, _ => 256 * 1024 };
        var total = maxBytes <= 16 ? 2 * 1024 : random.NextInt32(1, 96 * 1024);
        Transfer(seed, conditions, random.NextInt32(0, Math.Min(maxBytes, 17)), maxBytes, total, virtualSeconds: 2000);
    }

    private static void Transfer(ulong seed, PathConditions conditions, int minBytes, int maxBytes, long totalBytes, double virtualSeconds)
    {
        var about = $"seed {seed}, {conditions}, messages of {minBytes} to {maxBytes} bytes, {totalBytes} bytes";
        using var pair = new EnginePair(seed, conditions);
        var sent = new MessageStream(seed, minBytes, maxBytes, totalBytes);
        var expected = new MessageStream(seed, minBytes, maxBytes, totalBytes);
        var handle = pair.A.Engine.Channels.OpenChannel(pair.Now, new DataChannelInit().ToTransport("transfer"));
        byte[]? waiting = null;
        var isWrong = false;
        pair.A.Stepped = now =>
        {
            while (pair.A.Opened.Any() && (waiting is not null || !sent.IsAtEnd))
            {
                waiting ??= sent.Next().ToArray();
                if (!pair.A.Engine.Channels.TrySend(now, handle, waiting, isText: false))
                {
                    break;
                }

                waiting = null;
            }
        };
        pair.B.MessageReceived = (_, e) => isWrong |= expected.IsAtEnd || !e.Payload.Span.SequenceEqual(expected.Next());
        pair.Negotiate();

        var arrived = pair.RunUntil(() => isWrong || (sent.IsAtEnd && expected.IsAtEnd), virtualSeconds);

        Assert.False(isWrong, $"wrong content at message {expected.Count} ({about})");
        Assert.True(arrived, $"only {expected.Count} messages after {pair.Now} ({about})");
        Assert.Equal(sent.Count, expected.Count);
        Assert.True(
            pair.RunUntil(() => pair.A.Engine.Channels.BufferedAmount(handle) == 0, 60), $"the sender still holds bytes ({about})");
    }
}

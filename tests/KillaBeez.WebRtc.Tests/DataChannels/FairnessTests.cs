using KillaBeez.WebRtc.DataChannels;
using KillaBeez.WebRtc.Sctp;
using KillaBeez.WebRtc.Tests.Emulation;

namespace KillaBeez.WebRtc.Tests.DataChannels;

/// <summary>Two transfers through one bottleneck whose queue drops at the tail: neither may starve the other.</summary>
public sealed class FairnessTests
{
    private const int BytesPerSecond = 2_000_000;
    private const int Seconds = 20;
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(1);

    [Theory]
    [InlineData(6_000)]
    [InlineData(15_000)]
    [InlineData(80_000)]
    [InlineData(320_000)]
    public void Cubic_BesideNewReno_BothGetAFairPart(int queueBytes)
    {
        var path = new LossyPipeOptions { Delay = TimeSpan.FromMilliseconds(20), BytesPerSecond = BytesPerSecond, QueueBytes = queueBytes };
        var cubic = new Transfer(1, path, new SctpOptions { CongestionControl = CongestionControlKind.Cubic });
        var newReno = new Transfer(2, path, new SctpOptions { CongestionControl = CongestionControlKind.NewReno });
        newReno.Pair.ToServer.Bottleneck = cubic.Pair.ToServer.Bottleneck;
        var random = new SeededRandomSource(3);
        for (var time = TimeSpan.Zero; time < TimeSpan.FromSeconds(Seconds); time += Slice)
        {
            // Whoever runs first finds more room in the queue, so chance decides.
            var first = random.Chance(0.5) ? cubic : newReno;
            first.Pair.RunFor(Slice);
            (first == cubic ? newReno : cubic).Pair.RunFor(Slice);
        }

        const long fairShare = (long)BytesPerSecond * Seconds / 2;
        var what = $"queue {queueBytes}: CUBIC {cubic.Received}, NewReno {newReno.Received} of {fairShare} each";
        Assert.True(cubic.Received >= fairShare / 4, what);
        Assert.True(newReno.Received >= fairShare / 4, what);
        Assert.True(cubic.Received + newReno.Received > fairShare, what);
    }

    [Fact]
    public void ToleratesRandomLoss_IsOffUnlessAskedFor_AndCarriesMoreOverABadLink()
    {
        var path = new LossyPipeOptions { Delay = TimeSpan.FromMilliseconds(20), Loss = 0.01 };
        var usual = new Transfer(4, path, new SctpOptions());
        var tolerant = new Transfer(4, path with { BytesPerSecond = BytesPerSecond }, new SctpOptions { ToleratesRandomLoss = true });
        usual.Pair.RunFor(TimeSpan.FromSeconds(10));
        tolerant.Pair.RunFor(TimeSpan.FromSeconds(10));

        // The tolerant one fills its link, three quarters at least; the usual one has no link to fill and stays below.
        Assert.True(tolerant.Received > 10L * BytesPerSecond * 3 / 4, $"{tolerant.Received}");
        Assert.True(usual.Received < tolerant.Received / 2, $"{usual.Received} and {tolerant.Received}");
    }

    private sealed class Transfer
    {
        public Transfer(ulong seed, LossyPipeOptions path, SctpOptions options)
        {
            Pair = new TransportPair(seed, path, new DataChannelTransportOptions { Sctp = options });
            var channel = Pair.Client.Transport.OpenChannel(Pair.Now, new DataChannelInit());
            Pair.Connect();
            var message = new byte[16_384];
            Pair.Server.OnMessage = e => Received += e.Payload.Length;
            Pair.OnTurn = () =>
            {
                while (Pair.Client.Transport.BufferedAmount(channel) < 200_000)
                {
                    Pair.Client.Transport.TrySend(Pair.Now, channel, message, isText: false);
                }
            };
        }

        public TransportPair Pair { get; }

        public long Received { get; private set; }
    }
}

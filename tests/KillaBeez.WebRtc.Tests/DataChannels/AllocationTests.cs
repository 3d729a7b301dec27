using KillaBeez.WebRtc.DataChannels;

namespace KillaBeez.WebRtc.Tests.DataChannels;

/// <summary>Other tests would take arrays out of the pools meanwhile.</summary>
[CollectionDefinition("Allocations", DisableParallelization = true)]
public sealed class AllocationsCollection;

/// <summary>What carrying a message costs the garbage collector, once queues and pools have grown.</summary>
[Collection("Allocations")]
public sealed class AllocationTests
{
    private const int Burst = 4_000;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData(64)]
    [InlineData(1_024)]
    public void SteadyState_BurstsOfMessages_AllocatesNothingPerMessage(int bytes)
    {
        var pair = new TransportPair();
        var channel = pair.Client.Transport.OpenChannel(pair.Now, new DataChannelInit());
        pair.Connect();
        Assert.True(pair.RunUntil(() => pair.Server.Has(DataChannelEventKind.ChannelOpened), Limit));
        var received = 0;
        pair.Server.OnMessage = _ => received++;
        var message = new byte[bytes];
        void RunBurst()
        {
            var goal = received + Burst;
            for (var i = 0; i < Burst; i++)
            {
                Assert.True(pair.Client.Transport.TrySend(pair.Now, channel, message, isText: false));
            }

            Assert.True(pair.RunUntil(() => received == goal && pair.Client.Transport.Association.Sender.IsIdle, Limit));
        }

        for (var i = 0; i < 5; i++)
        {
            RunBurst();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10; i++)
        {
            RunBurst();
        }

        // Each turn of the harness allocates a little; a message must not.
        var perMessage = (GC.GetAllocatedBytesForCurrentThread() - before) / (10.0 * Burst);
        Assert.True(perMessage < 1, $"{perMessage} bytes per message of {bytes} bytes");
    }
}

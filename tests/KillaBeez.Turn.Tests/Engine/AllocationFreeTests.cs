namespace KillaBeez.Turn.Tests.Engine;

public sealed class AllocationFreeTests
{
    [Fact]
    public void Relaying_AllocatesNothing()
    {
        var server = new ServerHarness(o => o with { PerUser = TurnQuota.SourceDefault with { BytesPerSecond = long.MaxValue / 4 }, PerSource = TurnQuota.SourceDefault with { BytesPerSecond = long.MaxValue / 4 } });
        var client = new ScriptedClient(server);
        client.Allocate();
        client.Bind(0x4000, "8.8.8.8:7");
        client.Permit("8.8.4.4:0");
        var (relay, _) = Assert.Single(server.Relays);
        var message = new byte[1_204];
        WebRtc.Turn.ChannelData.Write(message, new WebRtc.Turn.ChannelNumber(0x4000), new byte[1_200], padded: false);
        var bound = ServerHarness.Parse("8.8.8.8:7");
        var unbound = ServerHarness.Parse("8.8.4.4:7");
        var payload = new byte[1_200];
        var scratch = new byte[TurnServerLimits.MaxMessageBytes];
        var relayed = 0;

        Relay(1_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Relay(10_000);
        var perDatagram = (GC.GetAllocatedBytesForCurrentThread() - before) / 30_000.0;

        // The runtime itself may allocate a little meanwhile, when it compiles a method anew.
        Assert.Equal(33_000, relayed);
        Assert.True(perDatagram < 1, $"{perDatagram} bytes a datagram");

        void Relay(int rounds)
        {
            for (var i = 0; i < rounds; i++)
            {
                relayed += server.Engine.HandleClientMessage(server.Now, client.Tuple, message, out _) ? 1 : 0;
                relayed += server.Engine.HandlePeerDatagram(server.Now, relay, bound, payload, scratch, out _, out _) ? 1 : 0;
                relayed += server.Engine.HandlePeerDatagram(server.Now, relay, unbound, payload, scratch, out _, out _) ? 1 : 0;
            }
        }
    }
}

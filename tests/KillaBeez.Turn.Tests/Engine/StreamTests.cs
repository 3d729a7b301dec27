using KillaBeez.Turn.Engine;
using KillaBeez.WebRtc.Stun;

namespace KillaBeez.Turn.Tests.Engine;

public sealed class StreamTests
{
    private static FiveTuple Stream(string client) => new(ServerHarness.Parse(client).AsTcp(), ServerHarness.Tcp);

    [Fact]
    public void Stream_WithoutAllocation_IsClosedAfter30Seconds()
    {
        var server = new ServerHarness();
        Assert.True(server.Engine.HandleStreamOpened(server.Now, Stream("9.0.0.1:1")));

        server.Pass(TimeSpan.FromSeconds(29));
        Assert.Empty(server.ClosedStreams);
        server.Pass(TimeSpan.FromSeconds(3));

        Assert.Equal([Stream("9.0.0.1:1")], server.ClosedStreams);
        Assert.Equal(0, server.Engine.StreamCount);
    }

    [Fact]
    public void Stream_ThatOnlyAsksForBindings_IsClosedAllTheSame()
    {
        var server = new ServerHarness();
        var client = new ScriptedClient(server, overTcp: true);
        server.Engine.HandleStreamOpened(server.Now, client.Tuple);

        for (var i = 0; i < 33; i++)
        {
            server.Pass(TimeSpan.FromSeconds(1));
            client.Request(StunMessageType.BindingRequest);
        }

        Assert.Equal([client.Tuple], server.ClosedStreams);
    }

    [Fact]
    public void Stream_WithAnAllocation_StaysAndEndsItWithItself()
    {
        var server = new ServerHarness();
        var client = new ScriptedClient(server, overTcp: true);
        server.Engine.HandleStreamOpened(server.Now, client.Tuple);
        client.Allocate();

        server.Pass(TimeSpan.FromSeconds(500));
        Assert.Empty(server.ClosedStreams);
        server.Engine.HandleStreamClosed(server.Now, client.Tuple);
        server.Drain();

        Assert.Empty(server.Relays);
        Assert.Equal(0, server.Engine.AllocationCount);
        Assert.Equal(0, server.Engine.StreamCount);
    }

    [Fact]
    public void Stream_WhoseAllocationEnded_IsClosedAWhileLater()
    {
        var server = new ServerHarness();
        var client = new ScriptedClient(server, overTcp: true);
        server.Engine.HandleStreamOpened(server.Now, client.Tuple);
        client.Allocate();
        server.Pass(TimeSpan.FromSeconds(100));
        client.Refresh(0);

        server.Pass(TimeSpan.FromSeconds(32));

        Assert.Equal([client.Tuple], server.ClosedStreams);
    }

    [Fact]
    public void Streams_BeyondTheLimitOfASource_AreRefused()
    {
        var server = new ServerHarness(o => o with { MaxStreamsPerSource = 2 });

        Assert.True(server.Engine.HandleStreamOpened(server.Now, Stream("9.0.0.1:1")));
        Assert.True(server.Engine.HandleStreamOpened(server.Now, Stream("9.0.0.1:2")));
        Assert.False(server.Engine.HandleStreamOpened(server.Now, Stream("9.0.0.1:3")));
        Assert.True(server.Engine.HandleStreamOpened(server.Now, Stream("9.0.0.2:3")));
        server.Engine.HandleStreamClosed(server.Now, Stream("9.0.0.1:1"));
        Assert.True(server.Engine.HandleStreamOpened(server.Now, Stream("9.0.0.1:3")));
    }

    [Fact]
    public void Streams_OfOneIPv6Network_CountAsOneSource()
    {
        var server = new ServerHarness(o => o with { MaxStreamsPerSource = 2 });

        Assert.True(server.Engine.HandleStreamOpened(server.Now, Stream("[2a00:1:2:3::1]:1")));
        Assert.True(server.Engine.HandleStreamOpened(server.Now, Stream("[2a00:1:2:3:ffff::1]:1")));
        Assert.False(server.Engine.HandleStreamOpened(server.Now, Stream("[2a00:1:2:3:aaaa::1]:1")));
        Assert.True(server.Engine.HandleStreamOpened(server.Now, Stream("[2a00:1:2:4::1]:1")));
    }

    [Fact]
    public void Streams_BeyondTheLimitOfTheServer_AreRefused()
    {
        var server = new ServerHarness(o => o with { MaxStreams = 3 });
        for (var i = 1; i <= 3; i++)
        {
            Assert.True(server.Engine.HandleStreamOpened(server.Now, Stream($"9.0.0.{i}:1")));
        }

        Assert.False(server.Engine.HandleStreamOpened(server.Now, Stream("9.0.0.4:1")));
        Assert.Equal(1, server.Engine.Counts.StreamsRefused);
    }
}

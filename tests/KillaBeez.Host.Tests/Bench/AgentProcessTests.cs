using KillaBeez.Cli.Bench.Agents;
using KillaBeez.Cli.Commands;
using KillaBeez.Cli.Tests.Processes;
using KillaBeez.Tests;

namespace KillaBeez.Cli.Tests.Bench;

/// <summary>Two scriptable peers, each a process of its own, and a test that scripts them as any harness would.</summary>
public sealed class AgentProcessTests : IAsyncLifetime
{
    private const string Loopback = "127.0.0.1";

    private AgentProcess _a = null!;
    private AgentProcess _b = null!;

    public async Task InitializeAsync()
    {
        _a = AgentProcess.Start("first", Loopback);
        _b = AgentProcess.Start("second", Loopback);
        await NextAsync<AgentEvent.Ready>(_a);
        await NextAsync<AgentEvent.Ready>(_b);
    }

    public async Task DisposeAsync()
    {
        await _a.DisposeAsync();
        await _b.DisposeAsync();
    }

    [Fact]
    public async Task Send_SmallTotal_ArrivesCompletely()
    {
        await ConnectAsync(1);

        _a.Tell(new AgentCommand.Send { Id = 1, Size = 1000, Total = 100_500, High = 8_192, Low = 4_096 });

        var sent = await NextAsync<AgentEvent.Sent>(_a);
        Assert.Equal((1, 101_000, 101_000), (sent.Id!.Value, sent.Bytes, sent.Got));
        Assert.True(sent.Ms > 0);
    }

    [Fact]
    public async Task Send_FromTheAnswerer_ArrivesCompletely()
    {
        await ConnectAsync(1);

        _b.Tell(new AgentCommand.Send { Id = 1, Size = 65_536, Total = 3_000_000 });

        var sent = await NextAsync<AgentEvent.Sent>(_b);
        Assert.Equal(sent.Bytes, sent.Got);
        Assert.True(sent.Bytes >= 3_000_000);
    }

    [Fact]
    public async Task Send_TimeIsUpBeforeTheTotal_SaysWhatArrived()
    {
        await ConnectAsync(1);

        _a.Tell(new AgentCommand.Send { Id = 1, Size = 16_384, Total = long.MaxValue, MaxSec = 0.2 });

        var sent = await NextAsync<AgentEvent.Sent>(_a);
        Assert.Equal(sent.Bytes, sent.Got);
        Assert.InRange(sent.Bytes, 16_384, long.MaxValue - 1);
        Assert.InRange(sent.Ms, 200, Patience.Bound.TotalMilliseconds);
    }

    [Fact]
    public async Task Offer_Descriptions_HaveAllCandidates()
    {
        _a.Tell(new AgentCommand.Offer { Id = 1 });
        var offer = (await NextAsync<AgentEvent.Offer>(_a)).Sdp;
        _b.Tell(new AgentCommand.Answer { Id = 1, Sdp = offer });
        var answer = (await NextAsync<AgentEvent.Answer>(_b)).Sdp;

        Assert.All([offer, answer], sdp =>
        {
            Assert.Contains("a=candidate:", sdp, StringComparison.Ordinal);
            Assert.Contains("a=end-of-candidates", sdp, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Ping_AfterASend_TimesRoundTrips()
    {
        await ConnectAsync(1);
        _a.Tell(new AgentCommand.Send { Id = 1, Size = 10, Total = 10 });
        await NextAsync<AgentEvent.Sent>(_a);

        _a.Tell(new AgentCommand.Ping { Id = 1, Size = 64, Count = 10 });

        var pinged = await NextAsync<AgentEvent.Pinged>(_a);
        Assert.True(pinged.Min > 0 && pinged.Min <= pinged.P50 && pinged.P50 <= pinged.P99, pinged.ToString());
    }

    [Fact]
    public async Task Close_OneOfTwoConnections_EndsItAtBothEndsAndNotTheOther()
    {
        await ConnectAsync(1);
        await ConnectAsync(2);

        _a.Tell(new AgentCommand.Close { Id = 1 });

        Assert.Equal(1, (await NextAsync<AgentEvent.Closed>(_a)).Id);
        Assert.Equal(1, (await NextAsync<AgentEvent.Closed>(_b)).Id);
        _b.Tell(new AgentCommand.Ping { Id = 2, Count = 1 });
        Assert.Equal(2, (await NextAsync<AgentEvent.Pinged>(_b)).Id);
    }

    [Fact]
    public async Task Command_ForAnUnknownConnection_IsAnErrorAndTheAgentGoesOn()
    {
        _a.Tell(new AgentCommand.Send { Id = 7, Size = 1, Total = 1 });

        var error = await Assert.ThrowsAsync<CliException>(() => NextAsync<AgentEvent.Sent>(_a));

        Assert.Contains("There is no connection 7", error.Message, StringComparison.Ordinal);
        await ConnectAsync(7);
    }

    [Fact]
    public async Task InputEnds_ProcessIsGone()
    {
        await ConnectAsync(1);
        var id = _b.Id;

        await _b.DisposeAsync();

        await ProcessWait.UntilGoneAsync(id);
        await NextAsync<AgentEvent.Closed>(_a);
    }

    private async Task ConnectAsync(int id)
    {
        _a.Tell(new AgentCommand.Offer { Id = id });
        _b.Tell(new AgentCommand.Answer { Id = id, Sdp = (await NextAsync<AgentEvent.Offer>(_a)).Sdp });
        _a.Tell(new AgentCommand.SetAnswer { Id = id, Sdp = (await NextAsync<AgentEvent.Answer>(_b)).Sdp });
        Assert.Equal(id, (await NextAsync<AgentEvent.Open>(_a)).Id);
        Assert.Equal(id, (await NextAsync<AgentEvent.RemoteOpen>(_b)).Id);
    }

    private Task<T> NextAsync<T>(AgentProcess agent)
        where T : AgentEvent => agent.Inbox.NextAsync<T>(CancellationToken.None).WaitAsync(Patience.Bound);
}

using System.Net;
using System.Net.Sockets;
using KillaBeez.Actors.Tests.Worlds;
using KillaBeez.Tests;
using static KillaBeez.Actors.Tests.BadInput.RealExchange;

namespace KillaBeez.Actors.Tests.BadInput;

/// <summary>Bad input where the network is real: WebRTC over loopback and an exchange on Kestrel.</summary>
public sealed class RealNetworkTests
{
    private static readonly TimeSpan _bound = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task CallAsync_NothingListensAtTheExchange_SaysSo()
    {
        var options = new SwarmOptions { Exchanges = { new Uri("ws://127.0.0.1:9") }, CallTimeout = TimeSpan.FromSeconds(3) };
        await using var node = await SwarmNode.StartAsync(options);
        using var other = KeyPair.Generate();
        var error = await Assert.ThrowsAsync<KillaBeezException>(() => node.CallAsync(other.Id).WaitAsync(_bound));
        Assert.Equal(KillaBeezError.ExchangeUnreachable, error.Error);
        Assert.Contains("127.0.0.1:9", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CallAsync_ExchangeGoesByAnotherName_SaysWhatToDo()
    {
        await using var exchange = await StartExchangeAsync(options => options.ServerNames.Add("exchange.example"));
        var address = AddressOf(exchange);
        var options = new SwarmOptions { Exchanges = { address }, CallTimeout = TimeSpan.FromSeconds(3) };
        await using var node = await SwarmNode.StartAsync(options);
        var state = await FirstStateAsync(node, e => e.IsReady || e.Reason is not null).WaitAsync(_bound);
        Assert.False(state.IsReady);
        Assert.Contains(address.Authority, state.Reason, StringComparison.Ordinal);
        Assert.Contains("calls itself exchange.example", state.Reason, StringComparison.Ordinal);
        Assert.Contains("server names", state.Reason, StringComparison.Ordinal);

        using var other = KeyPair.Generate();
        var error = await Assert.ThrowsAsync<KillaBeezException>(() => node.CallAsync(other.Id).WaitAsync(_bound));
        Assert.Equal(KillaBeezError.ExchangeUnreachable, error.Error);
        Assert.Contains("calls itself exchange.example", error.Message, StringComparison.Ordinal);
        Assert.Empty(node.Peers);
    }

    [Fact]
    public async Task CallAsync_UnknownKeyAtARealExchange_IsPeerUnknown()
    {
        await using var exchange = await StartExchangeAsync();
        await using var node = await SwarmNode.StartAsync(new SwarmOptions { Exchanges = { AddressOf(exchange) }, CallTimeout = TimeSpan.FromSeconds(2) });
        using var other = KeyPair.Generate();
        var error = await Assert.ThrowsAsync<KillaBeezException>(() => node.CallAsync(other.Id).WaitAsync(_bound));
        Assert.Equal(KillaBeezError.PeerUnknown, error.Error);
    }

    [Fact]
    public async Task Nodes_ExchangeGoneAndGarbageOnUdp_GoOn()
    {
        var before = UdpPorts();
        var exchange = await StartExchangeAsync();
        await using var a = await SwarmNode.StartAsync(new SwarmOptions { Exchanges = { AddressOf(exchange) } });
        await using var b = await SwarmNode.StartAsync(new SwarmOptions { Exchanges = { AddressOf(exchange) } });
        b.SubstreamOpened += (_, e) => _ = EchoAsync(e.Substream);
        var peer = await a.CallAsync(b.Id).WaitAsync(Patience.Bound);
        await exchange.DisposeAsync();

        // The sockets that the nodes have opened get garbage of many kinds.
        using var udp = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var ports = UdpPorts().Except(before).Except([((IPEndPoint)udp.Client.LocalEndPoint!).Port]).ToArray();
        Assert.NotEmpty(ports);
        for (ulong seed = 0; seed < 200; seed++)
        {
            var garbage = PipeHelper.Content(seed, 1 + (int)(seed * 7 % 1400));
            garbage[0] = (byte)seed;
            foreach (var port in ports)
            {
                await udp.SendAsync(garbage, new IPEndPoint(IPAddress.Loopback, port));
            }
        }

        Assert.True(await peer.PingAsync().WaitAsync(_bound) > TimeSpan.Zero);
        await using var substream = await peer.OpenAsync("echo").WaitAsync(_bound);
        var content = PipeHelper.Content(1, 1_000_000);
        var reading = substream.Input.ReadAllAsync();
        await substream.Output.WriteAllAsync(content).WaitAsync(_bound);
        Assert.Equal(content, await reading.WaitAsync(_bound));
        Assert.True(peer.IsConnected);
    }

    private static async Task<ExchangeStateEvent> FirstStateAsync(SwarmNode node, Predicate<ExchangeStateEvent> condition)
    {
        await foreach (var e in node.Events)
        {
            if (e is ExchangeStateEvent state && condition(state))
            {
                return state;
            }
        }

        throw new InvalidOperationException("The node stopped.");
    }

    private static int[] UdpPorts() => [.. System.Net.NetworkInformation.IPGlobalProperties.GetIPGlobalProperties().GetActiveUdpListeners()
        .Where(e => e.AddressFamily == AddressFamily.InterNetwork).Select(e => e.Port).Distinct()];

    private static async Task EchoAsync(Substream substream)
    {
        var all = await substream.Input.ReadAllAsync();
        await substream.Output.WriteAllAsync(all);
    }
}

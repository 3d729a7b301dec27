using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using KillaBeez.SignalExchange.Hosting;
using KillaBeez.Swarm.Signaling;
using KillaBeez.Swarm.Signaling.Exchange;
using KillaBeez.Swarm.Signaling.Exchange.Client;
using KillaBeez.Tests;

namespace KillaBeez.SignalExchange.Tests;

public sealed class SignalExchangeTests : IDisposable
{
    private readonly KeyPair _alice = KeyPair.Generate();
    private readonly KeyPair _bob = KeyPair.Generate();

    public void Dispose()
    {
        _alice.Dispose();
        _bob.Dispose();
    }

    [Fact]
    public async Task Signal_BetweenTwoClients_ArrivesAndOpens()
    {
        await using var host = await ExchangeHost.StartAsync();
        await using var alice = await TestClient.ReadyAsync(host, _alice);
        await using var bob = await TestClient.ReadyAsync(host, _bob);
        await alice.SendAsync(Seal(_alice, _bob.Id, "v=0 hello"));

        var received = await bob.NextAsync<ExchangeClientEvent.SignalReceived>();
        Assert.True(SignalSealer.TryOpen(_bob, received.Signal, out var content, out _));
        Assert.Equal("v=0 hello", content!.Body);
    }

    [Fact]
    public async Task Signal_OfTheLargestSize_PassesBothWays()
    {
        await using var host = await ExchangeHost.StartAsync();
        await using var alice = await TestClient.ReadyAsync(host, _alice);
        await using var bob = await TestClient.ReadyAsync(host, _bob);
        var body = new string('x', SignalLimits.MaximumBodyBytes);
        await alice.SendAsync(Seal(_alice, _bob.Id, body));
        await bob.SendAsync(Seal(_bob, _alice.Id, body));

        foreach (var (client, key) in new[] { (alice, _alice), (bob, _bob) })
        {
            var received = await client.NextAsync<ExchangeClientEvent.SignalReceived>();
            Assert.True(SignalSealer.TryOpen(key, received.Signal, out var content, out _));
            Assert.Equal(body, content!.Body);
        }
    }

    [Fact]
    public async Task Signal_UnknownKey_IsRefusedByItsId()
    {
        await using var host = await ExchangeHost.StartAsync();
        await using var alice = await TestClient.ReadyAsync(host, _alice);
        var signal = Seal(_alice, _bob.Id);
        await alice.SendAsync(signal);

        var rejected = await alice.NextAsync<ExchangeClientEvent.SignalRejected>();
        Assert.Equal((signal.Id, ExchangeErrorCode.UnknownKey), (rejected.Id, rejected.Code));
    }

    [Fact]
    public async Task PingAndRoom_OverTheWire_AnswerWhoIsThere()
    {
        await using var host = await ExchangeHost.StartAsync();
        await using var alice = await TestClient.ReadyAsync(host, _alice);
        await using var bob = await TestClient.ReadyAsync(host, _bob);
        await alice.JoinRoomAsync("den");
        Assert.Empty((await alice.NextAsync<ExchangeClientEvent.RoomKeys>()).Keys);
        await bob.JoinRoomAsync("den");
        Assert.Equal([_alice.Id], (await bob.NextAsync<ExchangeClientEvent.RoomKeys>()).Keys);
        await bob.PingAsync(_alice.Id, default);
        Assert.Equal([_alice.Id], (await bob.NextAsync<ExchangeClientEvent.Pong>()).Present);
    }

    [Fact]
    public async Task Signal_ManyClientsInARing_AllArrive()
    {
        const int Count = 100;
        await using var host = await ExchangeHost.StartAsync();
        var keys = Enumerable.Range(0, Count).Select(_ => KeyPair.Generate()).ToList();
        var clients = await Task.WhenAll(keys.Select(key => TestClient.ReadyAsync(host, key)));
        Assert.Equal(Count, clients.Length);
        await Task.WhenAll(clients.Select(async (client, i) =>
        {
            for (var round = 0; round < 5; round++)
            {
                await client.SendAsync(Seal(client.Key, keys[(i + 1) % Count].Id, $"{i}/{round}"));
            }
        }));

        for (var i = 0; i < Count; i++)
        {
            for (var round = 0; round < 5; round++)
            {
                var received = await clients[(i + 1) % Count].NextAsync<ExchangeClientEvent.SignalReceived>();
                Assert.True(SignalSealer.TryOpen(keys[(i + 1) % Count], received.Signal, out var content, out _));
                Assert.Equal($"{i}/{round}", content!.Body);
            }
        }

        foreach (var client in clients)
        {
            await client.DisposeAsync();
        }

        await WaitUntil.HoldsAsync(() => host.Loop.Counters is { Sockets: 0, Keys: 0 }, "all sockets to be forgotten");
        Assert.Equal(Count * 5, host.Loop.Counters.SignalsRouted);
        keys.ForEach(key => key.Dispose());
    }

    [Fact]
    public async Task Disconnect_Abrupt_FreesTheKeyAndLeavesOthersAlone()
    {
        await using var host = await ExchangeHost.StartAsync();
        await using var alice = await TestClient.ReadyAsync(host, _alice);
        await using var bob = await TestClient.ReadyAsync(host, _bob);
        bob.Abort();
        await WaitUntil.HoldsAsync(() => host.Loop.Counters.Keys == 1, "the aborted socket to be forgotten");
        await alice.SendAsync(Seal(_alice, _bob.Id));

        Assert.Equal(ExchangeErrorCode.UnknownKey, (await alice.NextAsync<ExchangeClientEvent.SignalRejected>()).Code);
    }

    [Fact]
    public async Task Close_ByTheClient_IsAnsweredWithACloseFrame()
    {
        await using var host = await ExchangeHost.StartAsync();
        using var socket = await host.DialAsync();
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Patience.Token);

        Assert.Equal(WebSocketState.Closed, socket.State);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
        await WaitUntil.HoldsAsync(() => host.Loop.Counters.Sockets == 0, "the closed socket to be forgotten");
    }

    [Theory]
    [InlineData("garbage", WebSocketMessageType.Text, "malformed")]
    [InlineData("", WebSocketMessageType.Text, "malformed")]
    [InlineData("""{"type":"ping","request":1,"keys":[]}""", WebSocketMessageType.Text, "not-subscribed")]
    [InlineData("""{"type":"later"}""", WebSocketMessageType.Binary, "malformed")]
    public async Task Message_ThatIsNotExpected_ClosesTheSocketWithItsReason(string text, WebSocketMessageType type, string expected)
    {
        await using var host = await ExchangeHost.StartAsync();
        using var socket = await host.DialAsync();
        await socket.SendAsync(Encoding.UTF8.GetBytes(text), type, true, Patience.Token);
        await ReadToCloseAsync(socket);

        Assert.Equal((WebSocketCloseStatus.PolicyViolation, expected), (socket.CloseStatus, socket.CloseStatusDescription));
    }

    [Fact]
    public async Task Message_Oversized_ClosesTheSocketWithoutReadingItAll()
    {
        await using var host = await ExchangeHost.StartAsync();
        using var socket = await host.DialAsync();
        await socket.SendAsync(new byte[65_537], WebSocketMessageType.Text, endOfMessage: false, Patience.Token);
        await ReadToCloseAsync(socket);

        Assert.Equal((WebSocketCloseStatus.MessageTooBig, "too-large"), (socket.CloseStatus, socket.CloseStatusDescription));
    }

    [Fact]
    public async Task Message_InManyFragments_IsPutTogether()
    {
        await using var host = await ExchangeHost.StartAsync();
        using var socket = await host.DialAsync();
        var text = Encoding.UTF8.GetBytes("""{"type":"ping","request":1,"keys":[],"more":" """ + new string('x', 20_000) + "\"}");
        for (var at = 0; at < text.Length; at += 999)
        {
            var size = Math.Min(999, text.Length - at);
            await socket.SendAsync(text.AsMemory(at, size), WebSocketMessageType.Text, at + size == text.Length, Patience.Token);
        }

        // It was understood: the complaint is about the missing subscription, not about the form.
        await ReadToCloseAsync(socket);
        Assert.Equal("not-subscribed", socket.CloseStatusDescription);
    }

    [Fact]
    public async Task Frames_OfRandomBytes_EndTheirSocketAndNoOther()
    {
        const ulong Seed = 17;
        var random = new SeededRandomSource(Seed);
        await using var host = await ExchangeHost.StartAsync();
        await using var alice = await TestClient.ReadyAsync(host, _alice);
        for (var i = 0; i < 20; i++)
        {
            using var tcp = new TcpClient();
            await tcp.ConnectAsync(host.Address.Host, host.Address.Port, Patience.Token);
            var stream = tcp.GetStream();
            await stream.WriteAsync(
                Encoding.ASCII.GetBytes($"GET /signals HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"),
                Patience.Token);
            var garbage = new byte[2_000];
            random.Fill(garbage);
            Assert.True(await stream.ReadAsync(garbage.AsMemory(0, 1), Patience.Token) == 1, $"seed {Seed}, socket {i}");
            await stream.WriteAsync(garbage, Patience.Token);
        }

        await WaitUntil.HoldsAsync(() => host.Loop.Counters.Sockets == 1, "the sockets of garbage to be forgotten");
        await alice.PingAsync(_alice.Id);
        Assert.Equal([_alice.Id], (await alice.NextAsync<ExchangeClientEvent.Pong>()).Present);
    }

    [Fact]
    public async Task Subscribe_ClientDialedAnotherName_FailsAtTheClient()
    {
        await using var host = await ExchangeHost.StartAsync(options => options.ServerNames.Add("exchange.example"));
        await using var client = await TestClient.DialAsync(host, _alice);
        var failed = await client.NextAsync<ExchangeClientEvent.Failed>();

        Assert.Equal(ExchangeFailure.WrongServerName, failed.Reason);
        Assert.Contains("exchange.example", failed.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Subscribe_ConfiguredName_IsWhatTheClientMustSign()
    {
        await using var host = await ExchangeHost.StartAsync(options => options.ServerNames.Add("Exchange.Example"));
        await using var client = await TestClient.DialAsync(host, _alice, "exchange.example");

        await client.NextAsync<ExchangeClientEvent.Ready>();
    }

    [Fact]
    public async Task Subscribe_ToALaterSocketOfTheSameKey_ClosesTheOldest()
    {
        await using var host = await ExchangeHost.StartAsync(options => options.MaximumConnectionsPerKey = 1);
        await using var first = await TestClient.ReadyAsync(host, _alice);
        await using var second = await TestClient.ReadyAsync(host, _alice);

        Assert.Equal(ExchangeErrorCode.Superseded, (await first.NextAsync<ExchangeClientEvent.Failed>()).Code);
        await first.Ended.WaitAsync(Patience.Token);
        Assert.Equal("superseded", first.CloseDescription);
    }

    [Fact]
    public async Task Client_ThatNeverSubscribes_IsClosed()
    {
        await using var host = await ExchangeHost.StartAsync(options => options.SubscribeTimeout = TimeSpan.FromMilliseconds(100));
        using var socket = await host.DialAsync();
        await ReadToCloseAsync(socket);

        Assert.Equal("timed-out", socket.CloseStatusDescription);
    }

    [Fact]
    public async Task Client_ThatNeverAnswersTheCloseFrame_IsCutOff()
    {
        await using var host = await ExchangeHost.StartAsync(options =>
        {
            options.SubscribeTimeout = TimeSpan.FromMilliseconds(100);
            options.CloseTimeout = TimeSpan.FromMilliseconds(100);
        });
        using var socket = await host.DialAsync();

        // Nothing is read here, so no close frame is ever answered; the exchange must still let go of the socket.
        await WaitUntil.HoldsAsync(() => host.Loop.Counters.SocketsClosed == 1 && host.Loop.OpenConnections == 0, "the mute client to be cut off");
    }

    [Fact]
    public async Task Client_ThatDoesNotRead_IsCutOffWhileOthersGoOn()
    {
        await using var host = await ExchangeHost.StartAsync(options =>
        {
            options.MaximumQueuedBytes = 300_000;
            options.MessageRatePerSecond = 10_000;
        });
        await using var alice = await TestClient.ReadyAsync(host, _alice);
        using var deaf = await host.DialAsync(receiveBufferBytes: 8_192);
        await SubscribeDeafAsync(host, deaf);
        var body = new string('x', SignalLimits.MaximumBodyBytes);

        // The kernel takes some megabytes before the exchange's own queue fills, and one sender may not send that many.
        var sent = 0;
        while (host.Loop.SlowConsumers == 0 && sent < 1_000)
        {
            using var key = KeyPair.Generate();
            await using var sender = await TestClient.ReadyAsync(host, key);
            for (var i = 0; i < 50; i++)
            {
                await sender.SendAsync(Seal(key, _bob.Id, body));
                sent++;
            }

            // Its last answer comes after all of its signals have been routed.
            await sender.PingAsync(key.Id);
            ExchangeClientEvent answer;
            while ((answer = await sender.NextAsync()) is not ExchangeClientEvent.Pong)
            {
                // Signals to a receiver that has been cut off are refused.
                Assert.IsType<ExchangeClientEvent.SignalRejected>(answer);
            }
        }

        await WaitUntil.HoldsAsync(() => host.Loop.SlowConsumers == 1, $"the deaf client to be cut off after {sent} signals");
        await using var reading = await TestClient.ReadyAsync(host, _bob);
        var last = Seal(_alice, _bob.Id);
        await alice.SendAsync(last);
        SealedSignal signal;
        do
        {
            signal = (await reading.NextAsync<ExchangeClientEvent.SignalReceived>()).Signal;
        }
        while (signal.Id != last.Id);
    }

    [Fact]
    public async Task Signal_TheExchangesClockIsAnHourAhead_IsDeliveredAndTheExchangeNoticesItsClock()
    {
        await using var host = await ExchangeHost.StartAsync(configure: null, new WrongTime(TimeSpan.FromHours(1)));
        await using var alice = await TestClient.ReadyAsync(host, _alice);
        await using var bob = await TestClient.ReadyAsync(host, _bob);
        using var key = KeyPair.Generate();
        await using var carol = await TestClient.ReadyAsync(host, key);
        var signal = Seal(_alice, _bob.Id);
        await alice.SendAsync(signal);
        Assert.Equal(signal.Id, (await bob.NextAsync<ExchangeClientEvent.SignalReceived>()).Signal.Id);

        await WaitUntil.HoldsAsync(
            async () =>
            {
                await carol.PingAsync();
                await carol.NextAsync<ExchangeClientEvent.Pong>();
                return host.Loop.Counters.ClientsAheadMs is not null;
            },
            "the exchange to ask its clients for the time");
        Assert.InRange(host.Loop.Counters.ClientsAheadMs!.Value, -3_720_000, -3_480_000);
    }

    [Fact]
    public async Task Connections_MoreThanAllowed_AreRefusedBeforeTheUpgrade()
    {
        await using var full = await ExchangeHost.StartAsync(options => options.MaximumConnections = 1);
        using var first = await full.DialAsync();
        await AssertRefusedAsync(full, HttpStatusCode.ServiceUnavailable);

        await using var crowded = await ExchangeHost.StartAsync(options => options.MaximumConnectionsPerAddress = 1);
        using var second = await crowded.DialAsync();
        await AssertRefusedAsync(crowded, HttpStatusCode.TooManyRequests);

        // The place is free again when its socket is gone.
        second.Abort();
        await WaitUntil.HoldsAsync(() => crowded.Addresses.Count == 0, "the place to be free");
        await using var third = await TestClient.ReadyAsync(crowded, _alice);
    }

    [Fact]
    public async Task Request_ThatIsNoWebSocket_IsToldToUpgrade()
    {
        await using var host = await ExchangeHost.StartAsync();
        using var http = new HttpClient();
        using var response = await http.GetAsync(new Uri($"http://{host.Address.Authority}/signals"));

        Assert.Equal(HttpStatusCode.UpgradeRequired, response.StatusCode);
    }

    [Fact]
    public async Task Health_WhileRunning_TellsTheCounters()
    {
        await using var host = await ExchangeHost.StartAsync();
        await using var alice = await TestClient.ReadyAsync(host, _alice);
        await WaitUntil.HoldsAsync(() => host.Loop.Counters.Keys == 1, "the counters to be published");
        using var http = new HttpClient();
        using var json = JsonDocument.Parse(await http.GetStringAsync(host.Health));

        Assert.Equal("ok", json.RootElement.GetProperty("status").GetString());
        Assert.Equal(1, json.RootElement.GetProperty("sockets").GetInt64());
        Assert.Equal(1, json.RootElement.GetProperty("keys").GetInt64());
    }

    [Fact]
    public async Task Meter_WhileRunning_MeasuresWhatTheExchangeDoes()
    {
        await using var host = await ExchangeHost.StartAsync();
        await using var alice = await TestClient.ReadyAsync(host, _alice);
        await using var bob = await TestClient.ReadyAsync(host, _bob);
        await alice.SendAsync(Seal(_alice, _bob.Id));
        await bob.NextAsync<ExchangeClientEvent.SignalReceived>();
        await WaitUntil.HoldsAsync(() => host.Loop.Counters.SignalsRouted == 1, "the counters to be published");

        var measured = new Dictionary<string, long>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                // Exchanges of other tests run in this process; only this one's meter has this host's scope.
                if (instrument.Meter.Name == ExchangeMetrics.MeterName && instrument.Meter.Scope == host.MeterScope)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => measured[instrument.Name] = value);
        listener.Start();
        listener.RecordObservableInstruments();

        Assert.Equal(2, measured["killabeez.exchange.sockets"]);
        Assert.Equal(2, measured["killabeez.exchange.keys"]);
        Assert.Equal(1, measured["killabeez.exchange.signals.routed"]);
        Assert.Equal(0, measured["killabeez.exchange.slow_consumers"]);
    }

    [Fact]
    public async Task Stop_WithOpenSockets_SaysGoodByeToEveryOne()
    {
        await using var host = await ExchangeHost.StartAsync();
        var clients = new List<TestClient>();
        for (var i = 0; i < 10; i++)
        {
            clients.Add(await TestClient.ReadyAsync(host, i % 2 == 0 ? _alice : _bob));
        }

        await host.StopAsync();
        foreach (var client in clients)
        {
            Assert.Equal(ExchangeErrorCode.Stopping, (await client.NextAsync<ExchangeClientEvent.Failed>()).Code);
            await client.Ended.WaitAsync(Patience.Token);
            Assert.Equal((WebSocketCloseStatus.EndpointUnavailable, "stopping"), (client.CloseStatus, client.CloseDescription));
            await client.DisposeAsync();
        }

        Assert.False(host.Loop.IsRunning);
    }

    [Fact]
    public async Task Options_OutOfRange_StopTheStartWithTheirName()
    {
        var exception = await Assert.ThrowsAnyAsync<Exception>(() => ExchangeHost.StartAsync(options => options.MaximumConnections = 0));

        Assert.Contains(nameof(SignalExchangeOptions.MaximumConnections), exception.Message, StringComparison.Ordinal);
    }

    private static SealedSignal Seal(KeyPair from, PeerId to, string body = "v=0")
    {
        var content = new SignalContent { Kind = SignalKind.Offer, Call = SignalCallId.Generate(SystemRandomSource.Instance), Body = body };
        return SignalSealer.Seal(from, to, content, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), SystemRandomSource.Instance);
    }

    private async Task SubscribeDeafAsync(ExchangeHost host, ClientWebSocket socket)
    {
        var buffer = new byte[4096];
        var challenge = await socket.ReceiveAsync(buffer.AsMemory(), Patience.Token);
        var engine = new ExchangeClientEngine(Instant.Zero, _bob, ExchangeServerName.FromUri(host.Address));
        engine.HandleMessage(Instant.Zero, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), buffer.AsSpan(0, challenge.Count));
        Assert.True(engine.TryPollTransmit(out var subscribe));
        await socket.SendAsync(subscribe, WebSocketMessageType.Text, true, Patience.Token);
        await socket.ReceiveAsync(buffer.AsMemory(), Patience.Token);
    }

    private static async Task AssertRefusedAsync(ExchangeHost host, HttpStatusCode expected)
    {
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(host.Address, Patience.Token));
        Assert.Equal(expected, socket.HttpStatusCode);
    }

    private static async Task ReadToCloseAsync(ClientWebSocket socket)
    {
        var buffer = new byte[4096];
        while ((await socket.ReceiveAsync(buffer.AsMemory(), Patience.Token)).MessageType != WebSocketMessageType.Close)
        {
            // Whatever else the exchange says first is looked at in other tests.
        }
    }

    /// <summary>A wall clock that is ahead of the right one.</summary>
    private sealed class WrongTime(TimeSpan ahead) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + ahead;
    }
}

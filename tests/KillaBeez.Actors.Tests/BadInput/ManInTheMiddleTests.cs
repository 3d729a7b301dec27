using KillaBeez.Actors.Nodes;
using KillaBeez.Actors.Transport;
using KillaBeez.Actors.Transport.WebRtc;
using KillaBeez.Actors.Transport.WebSockets;
using KillaBeez.Tests;
using static KillaBeez.Actors.Tests.BadInput.RealExchange;

namespace KillaBeez.Actors.Tests.BadInput;

/// <summary>Somebody who can change what two nodes tell each other before they are connected; real WebRTC over loopback.</summary>
public sealed class ManInTheMiddleTests
{
    private const string FingerprintLine = "a=fingerprint:sha-256 ";
    private static readonly TimeSpan _bound = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SwappedFingerprint_FailsTheLinkBeforeAnythingIsSent(bool inTheOffer)
    {
        await using var scene = await Scene.StartAsync();
        var tampered = inTheOffer ? scene.CallerTransport : scene.CalledTransport;
        var swapped = 0;
        tampered.Description = text =>
        {
            Interlocked.Increment(ref swapped);
            return SwapFingerprint(text);
        };
        var (callerOpened, calledOpened) = (scene.CallerTransport.OpenedCount, scene.CalledTransport.OpenedCount);
        var error = await scene.CallFailsAsync();

        Assert.True(swapped > 0, "the attack was never made");
        Assert.Equal(KillaBeezError.LinkFailed, error.Error);
        Assert.Contains(scene.Called.Id.ToString(), error.Message, StringComparison.Ordinal);
        if (!inTheOffer)
        {
            Assert.Contains("fingerprint", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal((callerOpened, calledOpened), (scene.CallerTransport.OpenedCount, scene.CalledTransport.OpenedCount));
        await scene.AssertNobodyElseIsHarmedAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SwappedPrologue_FailsTheHandshakeAndNobodyIsConnected(bool atTheCaller)
    {
        await using var scene = await Scene.StartAsync();
        var tampered = atTheCaller ? scene.CallerTransport : scene.CalledTransport;
        tampered.Prologue = prologue => [.. prologue.AsSpan(0, prologue.Length - 1), (byte)~prologue[^1]];
        var opened = scene.CallerTransport.OpenedCount;
        var error = await scene.CallFailsAsync();

        // The called node sees that the handshake is not authentic, the caller that the other side closes the link.
        Assert.True(scene.CallerTransport.OpenedCount > opened, "the attack was never made");
        Assert.True(error.Error is KillaBeezError.LinkFailed or KillaBeezError.AuthenticationFailed, error.ToString());
        Assert.Contains(scene.Called.Id.ToString(), error.Message, StringComparison.Ordinal);
        await scene.AssertNobodyElseIsHarmedAsync();
    }

    private static string SwapFingerprint(string sdp)
    {
        var at = sdp.IndexOf(FingerprintLine, StringComparison.Ordinal) + FingerprintLine.Length;
        Assert.True(at >= FingerprintLine.Length, "there is no fingerprint in the description");
        return string.Concat(sdp.AsSpan(0, at), sdp[at] == 'A' ? "B" : "A", sdp.AsSpan(at + 1));
    }

    /// <summary>A caller that is connected to a friend, and a node that it has not called yet.</summary>
    private sealed class Scene : IAsyncDisposable
    {
        private readonly List<IAsyncDisposable> _owned = [];
        private readonly List<KeyPair> _keys = [];
        private Uri _exchange = null!;
        private Peer _friendAtCaller = null!;

        public SwarmNode Caller { get; private set; } = null!;

        public SwarmNode Called { get; private set; } = null!;

        public TamperingTransport CallerTransport { get; private set; } = null!;

        public TamperingTransport CalledTransport { get; private set; } = null!;

        public static async Task<Scene> StartAsync()
        {
            var scene = new Scene();
            var exchange = await StartExchangeAsync();
            scene._owned.Add(exchange);
            scene._exchange = AddressOf(exchange);
            (scene.Caller, scene.CallerTransport) = scene.StartNode();
            (scene.Called, scene.CalledTransport) = scene.StartNode();
            var (friend, _) = scene.StartNode();
            scene._friendAtCaller = await scene.Caller.CallAsync(friend.Id).WaitAsync(Patience.Bound);
            return scene;
        }

        /// <summary>Calls until the called node has subscribed, and returns how the call failed then.</summary>
        public async Task<KillaBeezException> CallFailsAsync()
        {
            using var limit = new CancellationTokenSource(_bound);
            while (true)
            {
                var error = await Assert.ThrowsAsync<KillaBeezException>(() => Caller.CallAsync(Called.Id, limit.Token));
                if (error.Error != KillaBeezError.PeerUnknown)
                {
                    return error;
                }
            }
        }

        public async Task AssertNobodyElseIsHarmedAsync()
        {
            Assert.Empty(Called.Peers);
            Assert.Same(_friendAtCaller, Assert.Single(Caller.Peers));
            Assert.True(await _friendAtCaller.PingAsync().WaitAsync(_bound) > TimeSpan.Zero);
            CallerTransport.Description = CalledTransport.Description = static text => text;
            CallerTransport.Prologue = CalledTransport.Prologue = static prologue => prologue;
            Assert.True((await Caller.CallAsync(Called.Id).WaitAsync(_bound)).IsConnected, "the two cannot be connected any more");
        }

        public async ValueTask DisposeAsync()
        {
            _owned.Reverse();
            foreach (var owned in _owned)
            {
                await owned.DisposeAsync();
            }

            _keys.ForEach(key => key.Dispose());
        }

        private (SwarmNode Node, TamperingTransport Transport) StartNode()
        {
            var options = new SwarmOptions { Exchanges = { _exchange }, KeyPair = KeyPair.Generate() };
            _keys.Add(options.KeyPair);
            var transport = new TamperingTransport(WebRtcLinkTransport.Start(options));
            var environment = new SwarmEnvironment
            {
                Identity = options.KeyPair,
                Options = options,
                Transport = transport,
                Exchanges = new WebSocketExchangeConnector(),
                Random = SystemRandomSource.Instance,
            };
            var system = OwnSystem.Create();
            var node = NodeRegistry.Of(system).Start(name: null, environment);
            _owned.Add(new OwnedSystem(system));
            _owned.Add(node);
            return (node, transport);
        }

        /// <summary>Ends after the node in it: a node that was started in a system leaves it running.</summary>
        private sealed class OwnedSystem(ActorSystem system) : IAsyncDisposable
        {
            public async ValueTask DisposeAsync() => await system.Terminate();
        }
    }
}

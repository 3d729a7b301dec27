using KillaBeez.Swarm.CipherSessions;
using KillaBeez.Swarm.Sessions;

namespace KillaBeez.Swarm.Tests.Sessions;

/// <summary>The session over real handshakes and sealed links, as the actors drive it.</summary>
public sealed class SealedSessionTests
{
    [Theory]
    [InlineData(1UL)]
    [InlineData(2UL)]
    [InlineData(3UL)]
    public void Frames_OverSealedLinksThatDie_ArriveOnceAndInOrder(ulong seed)
    {
        using var pair = new SealedPair(seed);
        var random = new SeededRandomSource(seed);
        for (var round = 0; round < 40; round++)
        {
            pair.Connect(random.NextInt32(0, 2));
            for (var i = random.NextInt32(1, 20); i > 0; i--)
            {
                pair.Write(random.NextInt32(0, 2), random.NextInt32(1, 3000));
                pair.Carry(random.NextInt32(0, 6));
            }

            pair.KillLink();
        }

        pair.Connect(0);
        pair.Carry(int.MaxValue);
        Assert.True(pair.Written[0] > 100 && pair.Written[1] > 100);
        Assert.Equal(pair.Written[0], pair.Delivered[1]);
        Assert.Equal(pair.Written[1], pair.Delivered[0]);
    }

    [Fact]
    public void Message1_Recorded_CannotDisturbTheSessionLater()
    {
        using var pair = new SealedPair(7);
        pair.Connect(0);
        pair.Write(0, 10);
        pair.Carry(int.MaxValue);
        var session = pair.Engine(1).Current;
        pair.ReplayMessage1();
        Assert.Equal(session, pair.Engine(1).Current);
        pair.Write(0, 10);
        pair.Carry(int.MaxValue);
        Assert.Equal(2, pair.Delivered[1]);
    }

    private sealed class SealedPair : IDisposable
    {
        private static readonly byte[] _prologue = CipherPrologue.ForSimulatedPath(1);

        private readonly SeededRandomSource _random;
        private readonly KeyPair[] _keys;
        private readonly SessionEngine[] _engines;
        private readonly CipherSession?[] _ciphers = new CipherSession?[2];
        private readonly Queue<byte[]>[] _inFlight = [new(), new()];
        private readonly byte[] _plain = new byte[SessionLimits.MaxMessageBytes];
        private readonly byte[] _sealed = new byte[CipherLimits.MaxMessageBytes];
        private readonly byte[] _hello = new byte[CipherLimits.MaxHandshakePayloadBytes];
        private byte[] _message1 = [];
        private LinkId _link;
        private Instant _now = new(1000);

        public SealedPair(ulong seed)
        {
            _random = new SeededRandomSource(seed);
            _keys = [KeyPair.Generate(_random), KeyPair.Generate(_random)];
            _engines = [new SessionEngine(new SessionOptions(), _random.Fork()), new SessionEngine(new SessionOptions(), _random.Fork())];
        }

        public int[] Written { get; } = [0, 0];

        public int[] Delivered { get; } = [0, 0];

        public SessionEngine Engine(int node) => _engines[node];

        public void Connect(int initiator)
        {
            // Time enough between links for the limit of Hellos.
            Pass(TimeSpan.FromSeconds(2));
            _link = new LinkId(_link.Value + 1);
            var responder = 1 - initiator;
            using var dialed = CipherHandshake.Initiator(_keys[initiator], _keys[responder].Id, _prologue, _random);
            using var answered = CipherHandshake.Responder(_keys[responder], _keys[initiator].Id, _prologue, _random);
            _message1 = Message(dialed, _engines[initiator].LinkStarting(_now, _link, LinkRole.Initiator));
            var initiatorHello = Payload(answered, _message1);
            var message2 = Message(answered, _engines[responder].LinkStarting(_now, _link, LinkRole.Responder));
            _ciphers[responder] = answered.Split();
            _engines[responder].LinkOpened(_now, _link, initiatorHello);
            var responderHello = Payload(dialed, message2);
            _ciphers[initiator] = dialed.Split();
            _engines[initiator].LinkOpened(_now, _link, responderHello);
            Pump(initiator);
        }

        public void ReplayMessage1()
        {
            using var answered = CipherHandshake.Responder(_keys[1], _keys[0].Id, _prologue, _random);
            var link = new LinkId(1000);
            var hello = Payload(answered, _message1);
            Message(answered, _engines[1].LinkStarting(_now, link, LinkRole.Responder));
            _engines[1].LinkOpened(_now, link, hello);
            Pump(1);
        }

        public void Write(int node, int length)
        {
            var frame = new byte[length];
            SimNode.Fill(frame, default, Written[node]);
            if (_engines[node].TryWrite(_now, frame))
            {
                Written[node]++;
            }

            Pump(node);
        }

        public void Carry(int messages)
        {
            for (var idle = 0; messages > 0 && idle < 4; messages--)
            {
                var to = _random.NextInt32(0, 2);
                to = _inFlight[to].Count > 0 ? to : 1 - to;
                if (!_inFlight[to].TryDequeue(out var message))
                {
                    // Time for the ACKs that wait for a ride.
                    Pass(TimeSpan.FromMilliseconds(30));
                    idle++;
                    continue;
                }

                idle = 0;
                Assert.True(_ciphers[to]!.TryOpen(message, _plain, out var bytes));
                _engines[to].MessageReceived(_now, _link, _plain.AsSpan(0, bytes));
                _engines[1 - to].LinkTook(_now, _link, bytes);
                Pump(to);
                Pump(1 - to);
            }
        }

        public void KillLink()
        {
            for (var node = 0; node < 2; node++)
            {
                _inFlight[node].Clear();
                _ciphers[node]?.Dispose();
                _ciphers[node] = null;
                _engines[node].LinkClosed(_now, _link);
                Pump(node);
            }
        }

        public void Dispose()
        {
            KillLink();
            foreach (var engine in _engines)
            {
                engine.Dispose();
            }

            foreach (var key in _keys)
            {
                key.Dispose();
            }
        }

        private void Pass(TimeSpan time)
        {
            _now += time;
            for (var node = 0; node < 2; node++)
            {
                _engines[node].HandleTimeout(_now);
                Pump(node);
            }
        }

        private static byte[] Message(CipherHandshake handshake, byte[] hello)
        {
            Assert.NotEmpty(hello);
            var message = new byte[hello.Length + CipherLimits.Message1OverheadBytes];
            return message[..handshake.WriteMessage(hello, message)];
        }

        private byte[] Payload(CipherHandshake handshake, byte[] message)
        {
            Assert.True(handshake.TryReadMessage(message, _hello, out var bytes, out _));
            return _hello[..bytes];
        }

        private void Pump(int node)
        {
            while (_engines[node].TryPollTransmit(_now, _plain, out var written, out var link))
            {
                if (link == _link && _ciphers[node] is { } cipher)
                {
                    _inFlight[1 - node].Enqueue(_sealed[..cipher.Seal(_plain.AsSpan(0, written), _sealed)]);
                }
            }

            while (_engines[node].TryPollEvent(out var e))
            {
                Assert.NotEqual(SessionEventKind.Ended, e.Kind);
                if (e.Kind == SessionEventKind.Frame)
                {
                    var expected = new byte[e.Frame.Length];
                    SimNode.Fill(expected, default, Delivered[node]++);
                    Assert.Equal(expected, e.Frame.Span.ToArray());
                    e.Frame.Dispose();
                }
            }
        }
    }
}

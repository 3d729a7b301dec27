using KillaBeez.Swarm.CipherSessions;
using KillaBeez.Swarm.Links;

namespace KillaBeez.TestKit;

/// <summary>A link between two simulated nodes: ordered and reliable while it lives, with delay and back-pressure.</summary>
internal sealed class SimulatedPath
{
    private readonly SimulatedNetwork _network;
    private readonly End _a;
    private readonly End _b;
    private bool _isDead;

    public SimulatedPath(SimulatedNetwork network, long number, SimulatedHost a, SimulatedHost b)
    {
        _network = network;
        Prologue = CipherPrologue.ForSimulatedPath((ulong)number);
        _a = new End(this, a);
        _b = new End(this, b);
        if (network.ConditionsOf(a.Id, b.Id).MeanLinkLife is { } mean)
        {
            var life = mean * -Math.Log(1 - network.Random.NextDouble());
            network.Simulation.Schedule(life, () => Die("the link died"));
        }
    }

    public byte[] Prologue { get; }

    private PathConditions Conditions => _network.ConditionsOf(_a.Node, _b.Node);

    private bool IsOpen => _network.AreReachable(_a.Host, _b.Host);

    public IMessageLink EndOf(PeerId node) => node == _a.Node ? _a : _b;

    public bool Connects(PeerId a, PeerId b) => (_a.Node == a && _b.Node == b) || (_a.Node == b && _b.Node == a);

    /// <summary>The link dies; each end hears of it at its own time.</summary>
    public void Die(string reason)
    {
        if (!_isDead)
        {
            _isDead = true;
            _network.Remove(this);
            foreach (var end in (ReadOnlySpan<End>)[_a, _b])
            {
                _network.Simulation.Schedule(_network.Delay(Conditions), () => end.Report(reason));
            }
        }
    }

    /// <summary>One end leaves: what it has sent still arrives, then the other end hears of it.</summary>
    public void CloseFrom(PeerId node)
    {
        var end = node == _a.Node ? _a : _b;
        end.Report("closed");
        if (!_isDead && IsOpen)
        {
            OtherOf(end).ScheduleAfterMessages(_network.Delay(Conditions), () => Die("closed by the peer"));
        }
    }

    public void NoteDeath(SimulatedHost host)
    {
        if (_a.Host == host || _b.Host == host)
        {
            NoteSilence();
        }
    }

    public void DeliverHeld()
    {
        _a.DeliverHeld();
        _b.DeliverHeld();
    }

    /// <summary>Something could not pass: if that stays so, the ends notice.</summary>
    private void NoteSilence()
    {
        _network.Simulation.Schedule(Conditions.SilenceLimit, () =>
        {
            if (!IsOpen)
            {
                Die("nothing came through any more");
            }
        });
    }

    private End OtherOf(End end) => ReferenceEquals(end, _a) ? _b : _a;

    /// <summary>One end: receives what the other sends.</summary>
    private sealed class End(SimulatedPath path, SimulatedHost host) : IMessageLink
    {
        private const int MaxUnreleasedBytes = 1024 * 1024;

        private readonly Queue<PooledBuffer> _arrived = new();
        private IMessageLinkSink? _sink;
        private TimeSpan _lastArrival;
        private int _unreleasedBytes;
        private bool _senderWaits;
        private bool _isReported;
        private int _held;

        public SimulatedHost Host { get; } = host;

        public PeerId Node => Host.Id;

        public LinkKind Kind => LinkKind.Simulated;

        public void Attach(IMessageLinkSink sink)
        {
            _sink = sink;
            Deliver();
        }

        public bool TrySend(ReadOnlySpan<byte> message)
        {
            var receiver = path.OtherOf(this);
            if (path._isDead)
            {
                return true;
            }

            if (receiver._unreleasedBytes >= MaxUnreleasedBytes)
            {
                receiver._senderWaits = true;
                return false;
            }

            receiver._unreleasedBytes += message.Length;
            var sent = PooledBuffer.CopyOf(message);
            if (path._network.TakeCorruption(Node, receiver.Node))
            {
                sent.Span[path._network.Random.NextInt32(0, sent.Length)] ^= 1;
            }

            receiver._arrived.Enqueue(sent);
            receiver._held++;
            receiver.ScheduleAfterMessages(path._network.Delay(path.Conditions), receiver.Arrive);
            return true;
        }

        public void ReleaseReceived(int bytes)
        {
            _unreleasedBytes -= bytes;
            if (_senderWaits && _unreleasedBytes < MaxUnreleasedBytes / 2)
            {
                _senderWaits = false;
                path._network.Simulation.Schedule(path._network.Delay(path.Conditions), () => path.OtherOf(this)._sink?.OnWritable());
            }
        }

        public void Close() => path.CloseFrom(Node);

        public void Report(string reason)
        {
            if (!_isReported)
            {
                _isReported = true;
                while (_arrived.TryDequeue(out var message))
                {
                    message.Dispose();
                }

                _sink?.OnClosed(reason);
            }
        }

        /// <summary>Jitter never changes the order of what one side sends.</summary>
        public void ScheduleAfterMessages(TimeSpan delay, Action action)
        {
            var now = path._network.Simulation.Elapsed;
            _lastArrival = now + delay > _lastArrival ? now + delay : _lastArrival;
            path._network.Simulation.Schedule(_lastArrival - now, action);
        }

        public void DeliverHeld() => Deliver();

        private void Arrive()
        {
            _held--;
            Deliver();
        }

        private void Deliver()
        {
            if (_isReported || path._isDead || _sink is null)
            {
                return;
            }

            if (!path.IsOpen)
            {
                path.NoteSilence();
                return;
            }

            var ready = _arrived.Count - _held;
            if (ready > 0)
            {
                var batch = new MessageBatch(ready);
                for (; ready > 0; ready--)
                {
                    batch.Add(_arrived.Dequeue());
                }

                _sink.OnMessages(batch);
            }
        }
    }
}

using System.Buffers.Binary;
using KillaBeez.WebRtc.DataChannels;
using KillaBeez.WebRtc.Sctp;
using KillaBeez.WebRtc.Tests.Emulation;

namespace KillaBeez.WebRtc.Tests.DataChannels;

/// <summary>
/// Everything at once, by seed: paths, options, channels of every kind, readers that pause, closes at any
/// moment. Safety: reliable ordered channels are exact until their close. Liveness: all comes to rest.
/// </summary>
public sealed class RandomScenarioTests
{
    [Theory]
    [InlineData(1, 20)]
    [InlineData(21, 20)]
    [InlineData(41, 20)]
    public void AnyScenario_StaysExactAndComesToRest(int firstSeed, int count)
    {
        var last = firstSeed + count * int.Parse(Environment.GetEnvironmentVariable("KILLABEEZ_SCTP_SEEDS") ?? "1", System.Globalization.CultureInfo.InvariantCulture);
        for (var seed = firstSeed; seed < last; seed++)
        {
            new Scenario(seed).Run();
        }
    }

    private sealed class Scenario
    {
        private readonly int _seed;
        private readonly SeededRandomSource _random;
        private readonly TransportPair _pair;
        private readonly List<Flow> _flows = [];
        private Instant _nextAction;
        private int _actionsLeft = 300;

        public Scenario(int seed)
        {
            _seed = seed;
            _random = new SeededRandomSource((ulong)seed * 1_000_003);
            var delayMs = _random.NextInt32(1, 200);
            var path = new LossyPipeOptions
            {
                Loss = _random.Chance(0.3) ? 0 : _random.NextDouble() * 0.25,
                Duplication = _random.NextDouble() * 0.05,
                Reordering = _random.NextDouble() * 0.2,
                ReorderingDelay = TimeSpan.FromMilliseconds(_random.NextInt32(1, delayMs + 2)),
                Delay = TimeSpan.FromMilliseconds(delayMs),
                Jitter = TimeSpan.FromMilliseconds(_random.NextInt32(0, delayMs)),
                BytesPerSecond = _random.Chance(0.5) ? _random.NextInt32(50_000, 5_000_000) : null,
                QueueBytes = _random.NextInt32(5_000, 200_000),
                MaxDatagramBytes = _random.Chance(0.3) ? _random.NextInt32(SctpLimits.DefaultPacketBytes, 1500) : int.MaxValue,
            };
            _pair = new TransportPair((ulong)seed, path, Options(), Options());
            _nextAction = _pair.Now;
            _pair.Client.OnMessage = e => Take(_pair.Client, e);
            _pair.Server.OnMessage = e => Take(_pair.Server, e);
        }

        public void Run()
        {
            _pair.OnTurn = Act;
            _pair.Start();
            Check(_pair.RunUntil(() => _actionsLeft == 0, TimeSpan.FromMinutes(10)), "never gets through its actions");
            Check(_pair.RunUntil(() => _flows.TrueForAll(f => f.IsSettled) && IsIdle(_pair.Client) && IsIdle(_pair.Server), TimeSpan.FromMinutes(20)), "does not come to rest");
            Check(_pair.Client.Transport.Association.ReceiveOccupiedBytes == 0 && _pair.Server.Transport.Association.ReceiveOccupiedBytes == 0, "leaks window");
            Check(_pair.Client.Transport.Association.HeldChunks == 0 && _pair.Server.Transport.Association.HeldChunks == 0, "leaks chunks");
            foreach (var flow in _flows)
            {
                _pair.Client.Transport.CloseChannel(_pair.Now, flow.From == _pair.Client ? flow.Handle : default);
                _pair.Server.Transport.CloseChannel(_pair.Now, flow.From == _pair.Server ? flow.Handle : default);
            }

            var total = _flows.Count;
            Check(_pair.RunUntil(() => _pair.Client.Count(DataChannelEventKind.ChannelClosed) == total && _pair.Server.Count(DataChannelEventKind.ChannelClosed) == total, TimeSpan.FromMinutes(5)), $"does not close its channels {total}: {Describe(_pair.Client)} / {Describe(_pair.Server)}");
        }

        private static string Describe(TransportEnd end) => string.Join(" ", end.Events.Where(e => e.Kind is DataChannelEventKind.ChannelOpened or DataChannelEventKind.ChannelClosing or DataChannelEventKind.ChannelClosed).Select(e => $"{e.Kind.ToString()[7..]}:{e.Channel.Value}@{e.StreamId}"));

        private static bool IsIdle(TransportEnd end) => end.Transport.Association.Sender.IsIdle;

        private DataChannelTransportOptions Options() => new()
        {
            Sctp = new SctpOptions
            {
                RecognizeOwnStack = _random.Chance(0.6),
                OfferInterleaving = _random.Chance(0.7),
                AcceptZeroChecksum = _random.Chance(0.5),
                InitialTsn = _random.Chance(0.5) ? uint.MaxValue - (uint)_random.NextInt32(0, 300) : null,
                CongestionControl = _random.Chance(0.5) ? CongestionControlKind.NewReno : CongestionControlKind.Cubic,
                MaxReceiveMessageBytes = 40_000,
                ReceiveWindowBytes = _random.NextInt32(80_000, 1_000_000),
            },
            MaxSendMessageBytes = 40_000,
            ChannelSendBufferBytes = 150_000,
        };

        private void Check(bool condition, string what) => Assert.True(
            condition,
            $"seed {_seed} {what} at {_pair.Now}: client {_pair.Client.Transport.Statistics}, server {_pair.Server.Transport.Statistics}, flows {string.Join("; ", _flows.Where(f => !f.IsSettled).Select(f => $"{f.StreamId} {f.Received}/{f.Sent}"))}");

        private void Act()
        {
            if (_pair.Now < _nextAction || _actionsLeft == 0 || !_pair.Client.Transport.IsConnected || !_pair.Server.Transport.IsConnected)
            {
                return;
            }

            _nextAction = _pair.Now.AddMs(_random.NextInt32(0, 30));
            _actionsLeft--;
            _pair.NextWake = _actionsLeft == 0 ? Instant.Never : _nextAction;
            var end = _random.Chance(0.5) ? _pair.Client : _pair.Server;
            switch (_random.NextInt32(0, 20))
            {
                case 0 when _flows.Count < 12:
                    Open(end);
                    break;
                case 1 when end.IsReading:
                    end.IsReading = false;
                    break;
                case 1 or 2 or 3 when !end.IsReading:
                    end.ReleaseAll(_pair.Now);
                    break;
                case 5 when _random.Chance(0.2):
                    ChangePath();
                    break;
                case 4 when _flows.Count > 3 && _random.Chance(0.3):
                    var closing = _flows[_random.NextInt32(0, _flows.Count)];
                    closing.From.Transport.CloseChannel(_pair.Now, closing.Handle);
                    closing.IsClosed = true;
                    break;
                default:
                    SendSome();
                    break;
            }

            if (_actionsLeft == 0)
            {
                _pair.Client.ReleaseAll(_pair.Now);
                _pair.Server.ReleaseAll(_pair.Now);
            }
        }

        /// <summary>Another path, of which both sides hear at their own time.</summary>
        private void ChangePath()
        {
            var path = _pair.ToServer.Options with
            {
                MaxDatagramBytes = _random.NextInt32(SctpLimits.DefaultPacketBytes, 1500),
                Delay = TimeSpan.FromMilliseconds(_random.NextInt32(1, 200)),
            };
            _pair.ToServer.Options = path;
            _pair.ToClient.Options = path;
            _pair.Client.Transport.OnPathChanged(_pair.Now, _random.NextInt32(1000, 1500));
            if (_random.Chance(0.5))
            {
                _pair.Server.Transport.OnPathChanged(_pair.Now, SctpLimits.MaxProbedPacketBytes);
            }
        }

        private void Open(TransportEnd end)
        {
            var init = _random.NextInt32(0, 5) switch
            {
                0 => new DataChannelInit { MaxRetransmits = _random.NextInt32(0, 3), Ordered = _random.Chance(0.5) },
                1 => new DataChannelInit { MaxPacketLifeTimeMs = _random.NextInt32(0, 500), Ordered = _random.Chance(0.5) },
                2 => new DataChannelInit { Ordered = false },
                _ => new DataChannelInit(),
            };
            _flows.Add(new Flow(end, end.Transport.OpenChannel(_pair.Now, init), init));
            _flows[^1].StreamId = end.Transport.StreamIdOf(_flows[^1].Handle)!.Value;
        }

        private void SendSome()
        {
            foreach (var flow in _flows.Where(f => !f.IsClosed))
            {
                if (!_random.Chance(0.5) || !flow.From.Events.Exists(e => e.Kind == DataChannelEventKind.ChannelOpened && e.Channel == flow.Handle))
                {
                    continue;
                }

                var message = new byte[_random.Chance(0.7) ? _random.NextInt32(8, 1500) : _random.NextInt32(8, 40_000)];
                new SeededRandomSource((ulong)flow.Sent).Fill(message);
                BinaryPrimitives.WriteInt32BigEndian(message, _flows.IndexOf(flow));
                BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(4), flow.Sent);
                if (flow.From.Transport.TrySend(_pair.Now, flow.Handle, message, isText: false))
                {
                    flow.Sent++;
                }
            }
        }

        private void Take(TransportEnd receiver, DataChannelEvent e)
        {
            var bytes = e.Payload.Span;
            var flow = _flows[BinaryPrimitives.ReadInt32BigEndian(bytes)];
            var number = BinaryPrimitives.ReadInt32BigEndian(bytes[4..]);
            Check(receiver != flow.From && number < flow.Sent, "delivers what was not sent");
            var expected = new byte[bytes.Length];
            new SeededRandomSource((ulong)number).Fill(expected);
            Check(bytes[8..].SequenceEqual(expected.AsSpan(8)), "delivers other bytes");
            Check(flow.Numbers.Add(number), "delivers twice");
            Check(!flow.Init.Ordered || number == flow.Numbers.Max, "delivers out of order");
            Check(!flow.IsExact || !flow.Init.Ordered || number == flow.Received, $"leaves a message out: {number} instead of {flow.Received} on {flow.StreamId} of {(flow.From == _pair.Client ? "client" : "server")}, {Describe(flow.From)} / {Describe(receiver)}");
            flow.Received++;
        }
    }

    private sealed class Flow(TransportEnd from, ChannelHandle handle, DataChannelInit init)
    {
        public TransportEnd From { get; } = from;

        public ChannelHandle Handle { get; } = handle;

        public DataChannelInit Init { get; } = init;

        public ushort StreamId { get; set; }

        public int Sent { get; set; }

        public int Received { get; set; }

        public bool IsClosed { get; set; }

        public SortedSet<int> Numbers { get; } = [];

        public bool IsExact => Init.MaxRetransmits is null && Init.MaxPacketLifeTimeMs is null;

        /// <summary>Closing drains, so a reliable flow is complete also when it was closed.</summary>
        public bool IsSettled => !IsExact || Received == Sent;
    }
}

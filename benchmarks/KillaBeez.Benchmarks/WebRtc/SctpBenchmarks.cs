using KillaBeez.WebRtc.DataChannels;

namespace KillaBeez.Benchmarks.WebRtc;

/// <summary>
/// Two data channel transports, SCTP included, back to back in memory: no DTLS, no UDP, and a clock that moves by 50
/// microseconds a turn.
/// </summary>
internal static class SctpBenchmarks
{
    private const int TransferBytes = 64 * 1024 * 1024;
    private const int RoundTrips = 10_000;
    private const int SetUps = 500;

    public static void Run(Report report)
    {
        foreach (var size in (int[])[1024, 16 * 1024, 64 * 1024])
        {
            using var pair = new Pair();
            var total = size < 4096 ? TransferBytes / 8 : TransferBytes;
            report.Time($"message of {size:N0} B, sent to acknowledged", total / size, () => pair.Transfer(size, total / size), size);
        }

        using var quiet = new Pair();
        report.Time("64 B there and back", RoundTrips, () => quiet.RoundTrip(RoundTrips));
        report.Time("association and channel set up, both sides", SetUps, () =>
        {
            for (var i = 0; i < SetUps; i++)
            {
                using var pair = new Pair();
            }
        });
    }

    private sealed class Pair : IDisposable
    {
        private readonly End _a;
        private readonly End _b;
        private readonly byte[] _packet = new byte[2048];
        private readonly ChannelHandle _channel;
        private Instant _now = new(1_000_000);
        private ulong _seed;

        public Pair()
        {
            _a = new End(Transport());
            _b = new End(Transport());
            _a.Transport.Start(_now, isDtlsClient: true);
            _b.Transport.Start(_now, isDtlsClient: false);
            _channel = _a.Transport.OpenChannel(_now, new DataChannelInit { Label = "bench" });
            while (_a.Opened is null || _b.Opened is null)
            {
                Turn();
            }
        }

        public void Transfer(int size, int count)
        {
            var message = new byte[size];
            var target = _b.ReceivedBytes + ((long)size * count);
            for (var sent = 0; sent < count;)
            {
                while (sent < count && _a.Transport.TrySend(_now, _channel, message, isText: false))
                {
                    sent++;
                }

                Turn();
            }

            while (_b.ReceivedBytes < target || _a.Transport.BufferedAmount(_channel) > 0)
            {
                Turn();
            }
        }

        public void RoundTrip(int count)
        {
            var message = new byte[64];
            for (var i = 0; i < count; i++)
            {
                Exchange(_a, _b, message);
                Exchange(_b, _a, message);
            }
        }

        public void Dispose()
        {
            _a.Transport.Abort(_now);
            _b.Transport.Abort(_now);
        }

        private void Exchange(End from, End to, byte[] message)
        {
            var target = to.ReceivedBytes + message.Length;
            from.Transport.TrySend(_now, from.Opened!.Value, message, isText: false);
            while (to.ReceivedBytes < target)
            {
                Turn();
            }
        }

        private DataChannelTransport Transport()
        {
            var transport = new DataChannelTransport(new DataChannelTransportOptions(), new SeededRandomSource(++_seed));
            transport.SetRemoteMaxMessageSize(0);
            return transport;
        }

        private void Turn()
        {
            _now = _now.AddMs(0.05);
            Move(_a, _b);
            Move(_b, _a);
        }

        private void Move(End from, End to)
        {
            from.Transport.HandleTimeout(_now);
            while (from.Transport.TryPollTransmit(_now, _packet, out var written))
            {
                to.Transport.HandlePacket(_now, _packet.AsSpan(0, written));
            }

            to.Transport.EndReceiveBatch(_now);
            to.TakeEvents(_now);
        }
    }

    private sealed class End(DataChannelTransport transport)
    {
        public DataChannelTransport Transport { get; } = transport;

        public ChannelHandle? Opened { get; private set; }

        public long ReceivedBytes { get; private set; }

        public void TakeEvents(Instant now)
        {
            while (Transport.TryPollEvent(out var e))
            {
                if (e.Kind == DataChannelEventKind.ChannelOpened)
                {
                    Opened = e.Channel;
                }
                else if (e.Kind == DataChannelEventKind.Message)
                {
                    ReceivedBytes += e.Payload.Length;
                    Transport.ReleaseReceived(now, e.Payload.Length);
                    e.Payload.Dispose();
                }
            }
        }
    }
}

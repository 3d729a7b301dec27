using System.Buffers.Binary;
using KillaBeez.WebRtc.DataChannels;

namespace KillaBeez.WebRtc.Tests.DataChannels;

/// <summary>
/// Numbered messages of random size on one ordered channel, checked for order and content where they arrive.
/// </summary>
internal sealed class MessageFlow
{
    private readonly TransportPair _pair;
    private readonly TransportEnd _sender;
    private readonly TransportEnd _receiver;
    private readonly IRandomSource _random;
    private readonly int _seed;
    private readonly int _minBytes;
    private readonly int _maxBytes;
    private readonly List<int> _sizes = [];
    private ChannelHandle _channel;
    private int _sent;

    public MessageFlow(TransportPair pair, TransportEnd sender, TransportEnd receiver, int seed, IRandomSource random, int messages, int minBytes = 8, int maxBytes = 20_000)
    {
        _pair = pair;
        _sender = sender;
        _receiver = receiver;
        _seed = seed;
        _random = random;
        _minBytes = minBytes;
        _maxBytes = maxBytes;
        Total = messages;
        receiver.OnMessage = Take;
    }

    public int Total { get; }

    public int Received { get; private set; }

    public bool IsDone => Received == Total;

    public ChannelHandle Channel => _channel;

    public void Open() => _channel = _sender.Transport.OpenChannel(_pair.Now, new DataChannelInit { Label = "flow" });

    public void Turn()
    {
        while (_sent < Total && _sender.Events.Any(e => e.Kind == DataChannelEventKind.ChannelOpened && e.Channel == _channel))
        {
            var size = _sizes.Count > _sent ? _sizes[_sent] : _random.NextInt32(_minBytes, _maxBytes + 1);
            if (_sizes.Count == _sent)
            {
                _sizes.Add(size);
            }

            if (!_sender.Transport.TrySend(_pair.Now, _channel, Content(_sent, size), isText: false))
            {
                return;
            }

            _sent++;
        }
    }

    private byte[] Content(int number, int size)
    {
        var bytes = new byte[size];
        new SeededRandomSource((ulong)((_seed * 1_000_003) + number)).Fill(bytes);
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return bytes;
    }

    private void Take(DataChannelEvent e)
    {
        var bytes = e.Payload.Span;
        Assert.True(bytes.SequenceEqual(Content(Received, _sizes[Received])), $"seed {_seed}: message {Received} differs");
        Received++;
    }
}

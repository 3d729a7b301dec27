using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Threading.Channels;
using KillaBeez.Tests;
using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez.Interop.Tests.Agents;

/// <summary>
/// A channel of ours that obeys the same text messages as the foreign agents': it sends back what comes, or counts it.
/// While a test expects something, what comes goes to the test instead.
/// </summary>
internal sealed class LocalChannel
{
    private const string Numbered = "sink:numbered";
    private const string End = "end";
    private const string Done = "done:";

    private readonly Channel<Message> _received = Channel.CreateUnbounded<Message>(new UnboundedChannelOptions { SingleReader = true });
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<long> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isSink;
    private uint _expected;
    private long _counted;

    public LocalChannel(DataChannel channel)
    {
        Raw = channel;
        channel.Opened += (_, _) => _opened.TrySetResult();
        channel.Closed += (_, _) => _closed.TrySetResult();
        channel.MessageReceived += Receive;
        if (channel.ReadyState == DataChannelState.Open)
        {
            _opened.TrySetResult();
        }
    }

    public DataChannel Raw { get; }

    public string Label => Raw.Label;

    public Task OpensAsync() => _opened.Task.WaitAsync(Patience.Bound);

    public Task ClosesAsync() => _closed.Task.WaitAsync(Patience.Bound);

    /// <summary>The next message that does not steer.</summary>
    public async Task<Message> NextAsync(TimeSpan patience)
    {
        using var bound = new CancellationTokenSource(patience);
        try
        {
            return await _received.Reader.ReadAsync(bound.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"No message came on channel '{Label}' within {patience.TotalSeconds:0} s (it is {Raw.ReadyState}).");
        }
    }

    public async Task SendAsync(Message message, CancellationToken cancellationToken)
    {
        if (message.IsText)
        {
            await Raw.SendAsync(Encoding.UTF8.GetString(message.Payload), cancellationToken);
        }
        else
        {
            await Raw.SendAsync(message.Payload, cancellationToken);
        }
    }

    /// <summary>Sends numbered messages and returns how many bytes of them the peer counted in sequence.</summary>
    public async Task<long> SendManyAsync(int size, long total, CancellationToken cancellationToken)
    {
        await Raw.SendAsync(Numbered, cancellationToken);
        var message = new byte[size];
        uint number = 0;
        for (long sent = 0; sent < total; sent += size)
        {
            BinaryPrimitives.WriteUInt32BigEndian(message, number++);
            await Raw.SendAsync(message, cancellationToken);
        }

        await Raw.SendAsync(End, cancellationToken);
        return await _done.Task.WaitAsync(cancellationToken);
    }

    private void Receive(DataChannel channel, ReadOnlyMemory<byte> payload, bool isText)
    {
        if (isText && payload.Length <= 32 && Steer(Encoding.UTF8.GetString(payload.Span)))
        {
            return;
        }

        if (!_isSink)
        {
            _received.Writer.TryWrite(new Message(payload.ToArray(), isText));
        }
        else if (!isText && payload.Length >= 4 && BinaryPrimitives.ReadUInt32BigEndian(payload.Span) == _expected++)
        {
            _counted += payload.Length;
        }
    }

    private bool Steer(string text)
    {
        switch (text)
        {
            case Numbered:
                (_isSink, _expected, _counted) = (true, 0, 0);
                return true;
            case End:
                _isSink = false;
                return Raw.TrySend(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Done}{_counted}")), isText: true);
            case var _ when text.StartsWith(Done, StringComparison.Ordinal):
                _done.TrySetResult(long.Parse(text.AsSpan(Done.Length), CultureInfo.InvariantCulture));
                return true;
            default:
                return false;
        }
    }

    /// <summary>One message, as a test compares it.</summary>
    internal sealed record Message(byte[] Payload, bool IsText)
    {
        public bool IsSame(Message other) => IsText == other.IsText && Payload.AsSpan().SequenceEqual(other.Payload);

        public override string ToString() => $"{Payload.Length} bytes of {(IsText ? "text" : "binary")}";
    }
}

using System.Net;
using System.Net.Sockets;
using KillaBeez.Tests;
using KillaBeez.WebRtc.Io;
using KillaBeez.WebRtc.Io.Streams;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.WebRtc.Tests.Io;

public sealed class FramedStreamTests
{
    private const int LastWordBytes = 48 * 1024;

    /// <summary>
    /// What the peer says ends the reading at the moment at which this side has still much to write, because the peer does
    /// not read yet.
    /// </summary>
    [Fact]
    public async Task Dispose_WhileAFrameIsHandedOn_WritesTheLastWord()
    {
        var loop = new IoLoop(new SocketOptions { Addresses = [new IPEndPoint(IPAddress.Loopback, 0)], IsExplicit = true }, IoPoller.Create());
        loop.Start("framed stream");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Server.SendBufferSize = 4096;
        listener.Start();
        using var peer = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await peer.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        var accepted = await listener.AcceptSocketAsync();
        var owner = new LastWordOwner();
        FramedStream.Accept(loop, owner, StreamFraming.LengthPrefixed, accepted, TransportAddress.From((IPEndPoint)peer.LocalEndPoint!));

        await peer.SendAsync(new byte[] { 0, 1, 7 });
        await owner.Closed.WaitAsync(Patience.Bound);

        var buffer = new byte[LastWordBytes * 2];
        var received = 0;
        for (var count = -1; count != 0; received += count)
        {
            count = await peer.ReceiveAsync(buffer.AsMemory(received)).AsTask().WaitAsync(Patience.Bound);
        }

        Assert.Equal(LastWordBytes + StreamFramer.PrefixBytes, received);
        await loop.StopAsync();
    }

    /// <summary>Answers the first frame with much, and closes.</summary>
    private sealed class LastWordOwner : IFramedStreamOwner
    {
        private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Closed => _closed.Task;

        public void OnOpened(Instant now, FramedStream stream)
        {
        }

        public void OnFrame(Instant now, FramedStream stream, ReadOnlySpan<byte> frame)
        {
            Assert.True(stream.TrySend(new byte[LastWordBytes]));
            stream.Dispose();
            _closed.TrySetResult();
        }

        public void OnClosed(Instant now, FramedStream stream, string reason)
        {
        }
    }
}

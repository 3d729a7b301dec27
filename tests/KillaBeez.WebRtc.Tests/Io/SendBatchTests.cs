using System.Net;
using KillaBeez.WebRtc.Io;

namespace KillaBeez.WebRtc.Tests.Io;

public sealed class SendBatchTests
{
    private static readonly TransportAddress Peer = TransportAddress.From(IPAddress.Loopback, 1000);
    private static readonly TransportAddress Other = TransportAddress.From(IPAddress.Loopback, 1001);

    [Fact]
    public void Commit_RunOfOneSize_LeavesInOneCall()
    {
        using var socket = new ScriptedSocket(canSegment: true);
        var batch = new SendBatch();
        Fill(batch, socket, Peer, 1200, 1200, 1200, 700);
        Fill(batch, socket, Peer, 1200);
        Assert.True(batch.TryFlush());

        Assert.Equal([3 * 1200 + 700, 1200], socket.Sends.Select(s => s.Bytes.Length));
        Assert.Equal(5, batch.DatagramsSent);
        Assert.Equal([0, 1, 2, 3], Marks(socket.Sends[0]));
    }

    [Fact]
    public void Commit_LargerOrElsewhere_StartsANewRun()
    {
        using var socket = new ScriptedSocket(canSegment: true);
        var batch = new SendBatch();
        Fill(batch, socket, Peer, 500, 1200);
        Fill(batch, socket, Other, 1200, 1200);
        Assert.True(batch.TryFlush());

        Assert.Equal([(500, Peer), (1200, Peer), (2400, Other)], socket.Sends.Select(s => (s.Bytes.Length, s.To)));
    }

    [Fact]
    public void Commit_ManySegments_StaysBelowTheKernelsLimits()
    {
        using var socket = new ScriptedSocket(canSegment: true);
        var batch = new SendBatch();
        Fill(batch, socket, Peer, [.. Enumerable.Repeat(1200, 200)]);
        Fill(batch, socket, Peer, [.. Enumerable.Repeat(100, 200)]);
        Assert.True(batch.TryFlush());

        Assert.All(socket.Sends, s => Assert.InRange(s.Bytes.Length, 1, IoLimits.MaxSendBytes));
        Assert.All(socket.Sends, s => Assert.InRange((s.Bytes.Length + s.SegmentBytes - 1) / s.SegmentBytes, 1, IoLimits.MaxSegmentsPerSend));
        Assert.Equal(400, batch.DatagramsSent);
        Assert.Equal((200 * 1200) + (200 * 100), socket.Sends.Sum(s => s.Bytes.Length));
    }

    [Fact]
    public void Flush_SegmentationUnsupported_SendsOneByOneForGood()
    {
        using var socket = new ScriptedSocket(canSegment: true);
        socket.Outcomes.Enqueue(SendOutcome.SegmentationUnsupported);
        var batch = new SendBatch();
        Fill(batch, socket, Peer, 1200, 1200, 300);
        Assert.True(batch.TryFlush());
        Fill(batch, socket, Peer, 1200, 1200);
        Assert.True(batch.TryFlush());

        Assert.Equal([1200, 1200, 300, 1200, 1200], socket.Sends.Select(s => s.Bytes.Length));
        Assert.Equal(5, batch.DatagramsSent);
    }

    [Fact]
    public void Flush_SocketFull_KeepsTheRestAndTakesNothingMore()
    {
        using var socket = new ScriptedSocket(canSegment: true);
        socket.Outcomes.Enqueue(SendOutcome.WouldBlock);
        var batch = new SendBatch();
        Fill(batch, socket, Peer, 1200, 1200);

        Assert.False(batch.TryFlush());
        Assert.Same(socket, batch.Blocked);
        Assert.False(batch.TryReserve(out _));

        Assert.True(batch.TryFlush());
        Assert.Null(batch.Blocked);
        Assert.Equal(2400, Assert.Single(socket.Sends).Bytes.Length);
        Assert.True(batch.TryReserve(out _));
    }

    [Fact]
    public void Flush_Refused_IsCountedAndForgotten()
    {
        using var socket = new ScriptedSocket(canSegment: true);
        socket.Outcomes.Enqueue(SendOutcome.Dropped);
        var batch = new SendBatch();
        Fill(batch, socket, Peer, 1200, 1200, 1200);

        Assert.True(batch.TryFlush());
        Assert.Equal((0, 3), (batch.DatagramsSent, batch.DatagramsDropped));
    }

    [Fact]
    public void Forget_BlockedSocket_FreesTheBatch()
    {
        using var socket = new ScriptedSocket(canSegment: true);
        socket.Outcomes.Enqueue(SendOutcome.WouldBlock);
        var batch = new SendBatch();
        Fill(batch, socket, Peer, 1200);
        Assert.False(batch.TryFlush());

        batch.Forget(socket);

        Assert.True(batch.TryReserve(out _));
        Assert.True(batch.TryFlush());
        Assert.Empty(socket.Sends);
    }

    /// <summary>Each datagram begins with its number in this call.</summary>
    private static void Fill(SendBatch batch, ScriptedSocket socket, TransportAddress to, params int[] sizes)
    {
        for (var i = 0; i < sizes.Length; i++)
        {
            Assert.True(batch.TryReserve(out var destination));
            destination[0] = (byte)i;
            batch.Commit(socket, to, sizes[i]);
        }
    }

    private static IEnumerable<int> Marks((byte[] Bytes, int SegmentBytes, TransportAddress To) send)
    {
        for (var at = 0; at < send.Bytes.Length; at += send.SegmentBytes)
        {
            yield return send.Bytes[at];
        }
    }
}

using System.Net;
using System.Net.Sockets;
using KillaBeez.WebRtc.PeerConnections;
using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Tests.PeerConnections;
using KillaBeez.Tests;

namespace KillaBeez.WebRtc.Tests.Hostile;

/// <summary>Rubbish at a live connection, much more of it than there is data.</summary>
public sealed class FloodTests
{
    private const int TotalBytes = 4 * 1024 * 1024;

    /// <summary>Under virtual time: between any two datagrams of the peer come ten others, from its own address and from elsewhere.</summary>
    [Theory]
    [InlineData(61)]
    [InlineData(62)]
    public void Transfer_BetweenTenTimesAsMuchGarbage_IsExact(ulong seed)
    {
        using var pair = ForgedStunTests.Connected(seed);
        var random = new SeededRandomSource(seed);
        var attacker = new Attacker(pair, pair.B);
        var garbage = new Queue<byte[]>();
        pair.AToB.Tap = datagram =>
        {
            garbage.Enqueue(datagram);
            return true;
        };
        var sending = new MessageStream(seed, 1, 16_000, TotalBytes);
        var expected = new MessageStream(seed, 1, 16_000, TotalBytes);
        var isExact = true;
        pair.B.MessageReceived = (_, e) => isExact &= expected.Next().SequenceEqual(e.Payload.Span);
        pair.A.Stepped = now =>
        {
            while (!sending.IsAtEnd && pair.A.Engine.Channels.BufferedAmount(pair.A.Opened.First()) < 500_000)
            {
                Assert.True(pair.A.Engine.Channels.TrySend(now, pair.A.Opened.First(), sending.Next(), isText: false));
            }
        };
        Assert.True(pair.RunUntil(
            () =>
            {
                while (garbage.TryDequeue(out var datagram))
                {
                    Pelt(datagram);
                }

                return expected.IsAtEnd;
            },
            600));
        Assert.True(isExact, "other bytes arrived than were sent");
        Assert.Equal(sending.Count, expected.Count);
        Assert.Equal(0, attacker.BytesTo(Attacker.Stranger));

        void Pelt(byte[] datagram)
        {
            for (var i = 0; i < 10; i++)
            {
                var copy = (byte[])datagram.Clone();
                var isStun = copy[0] <= 3;
                if (i % 2 == 0)
                {
                    // The stand-in for DTLS has no integrity: what claims to be a record must not come from a valid path.
                    copy[0] = isStun ? copy[0] : (byte)random.NextInt32(64, 256);
                    copy[random.NextInt32(1, copy.Length)] ^= (byte)random.NextInt32(1, 256);
                    attacker.Send(pair.A.Address, copy);
                }
                else
                {
                    copy[random.NextInt32(0, copy.Length)] ^= (byte)random.NextInt32(1, 256);
                    attacker.Send(Attacker.Stranger, copy);
                }
            }
        }
    }

    /// <summary>Real sockets and real DTLS, with a third socket that never stops.</summary>
    [Fact]
    public async Task Transfer_OnLoopback_GoesThroughAFloodOfGarbage()
    {
        await using var pair = new RtcPair();
        var expected = new MessageStream(7, 1000, 16_000, TotalBytes);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var link = await pair.ConnectAsync(prepare: channel => channel.MessageReceived += (_, message, _) =>
        {
            if (!expected.Next().SequenceEqual(message.Span))
            {
                done.TrySetException(new InvalidOperationException($"message {expected.Count} is not what was sent"));
            }
            else if (expected.IsAtEnd)
            {
                done.TrySetResult();
            }
        });
        var ports = new[] { PortOf(link.Left), PortOf(link.Right) };
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var stop = new CancellationTokenSource();
        var flood = Task.Run(() => Flood(socket, ports, stop.Token));
        try
        {
            var sending = new MessageStream(7, 1000, 16_000, TotalBytes);
            while (!sending.IsAtEnd)
            {
                await link.Near.SendAsync(sending.Next().ToArray());
            }

            await done.Task.WaitAsync(Patience.Bound);
        }
        finally
        {
            await stop.CancelAsync();
        }

        var sent = await flood;
        Assert.True(sent > 0, "the flood has not begun");
        Assert.Equal(0, socket.Available);
        Assert.Equal(PeerConnectionState.Connected, link.Left.ConnectionState);
        Assert.Equal(PeerConnectionState.Connected, link.Right.ConnectionState);
    }

    private static int PortOf(PeerConnection connection)
    {
        var line = connection.LocalDescription!.Sdp.Split("\r\n").First(l => l.StartsWith("a=candidate:", StringComparison.Ordinal) && l.Contains(" udp ", StringComparison.Ordinal));
        return int.Parse(line.Split(' ')[5], System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>STUN without a password, records, ChannelData and noise; returns how many were sent.</summary>
    private static long Flood(Socket socket, int[] ports, CancellationToken cancellationToken)
    {
        var random = new SeededRandomSource(8);
        var datagram = new byte[1200];
        var sent = 0L;
        for (; !cancellationToken.IsCancellationRequested; sent++)
        {
            var bytes = random.NextInt32(1, datagram.Length);
            random.Fill(datagram.AsSpan(0, bytes));
            switch (sent % 4)
            {
                case 0:
                    datagram[0] = 23;
                    break;
                case 1:
                    var request = new StunWriter(datagram, StunMessageType.BindingRequest, new StunTransactionId(1, (ulong)sent));
                    UsernameAttribute.Write(ref request, "somebody"u8, "else"u8);
                    FingerprintAttribute.Write(ref request);
                    bytes = request.Length;
                    break;
                case 2:
                    datagram[0] = 22;
                    break;
            }

            socket.SendTo(datagram.AsSpan(0, bytes), new IPEndPoint(IPAddress.Loopback, ports[sent % 2]));
            if (sent % 64 == 0)
            {
                // The sender of a flood needs no share of the machine that the receivers lack.
                Thread.Yield();
            }
        }

        return sent;
    }
}

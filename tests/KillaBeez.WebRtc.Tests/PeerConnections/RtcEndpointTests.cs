using System.Collections.Concurrent;
using KillaBeez.Tests;
using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez.WebRtc.Tests.PeerConnections;

/// <summary>Real sockets on loopback, real DTLS.</summary>
public sealed class RtcEndpointTests
{
    [Fact]
    public async Task Connect_OneChannel_CarriesMessagesBothWays()
    {
        await using var pair = new RtcPair();
        var atRight = new BlockingCollection<(byte[] Bytes, bool IsText)>();
        var atLeft = new BlockingCollection<byte[]>();
        var link = await pair.ConnectAsync(prepare: channel => channel.MessageReceived += (_, m, isText) => atRight.Add((m.ToArray(), isText)));
        link.Near.MessageReceived += (_, m, _) => atLeft.Add(m.ToArray());

        Assert.True(link.Near.TrySend([1, 2, 3]));
        await link.Near.SendAsync("grüß dich");
        await link.Near.SendAsync(ReadOnlyMemory<byte>.Empty);
        await link.Far.SendAsync(new byte[] { 4 });

        Assert.True(atRight.TryTake(out var first, Patience.Bound));
        Assert.Equal([1, 2, 3], first.Bytes);
        Assert.False(first.IsText);
        Assert.True(atRight.TryTake(out var text, Patience.Bound));
        Assert.Equal("grüß dich", System.Text.Encoding.UTF8.GetString(text.Bytes));
        Assert.True(text.IsText);
        Assert.True(atRight.TryTake(out var empty, Patience.Bound));
        Assert.Empty(empty.Bytes);
        Assert.True(atLeft.TryTake(out var back, Patience.Bound));
        Assert.Equal([4], back);
        Assert.Equal(PeerConnectionState.Connected, link.Left.ConnectionState);
        Assert.Equal(link.Left.LocalFingerprint, link.Right.RemoteFingerprint);
        Assert.Equal(link.Right.LocalFingerprint, link.Left.RemoteFingerprint);
        Assert.Equal("test", link.Far.Label);
    }

    [Fact]
    public async Task Start_WithoutOptions_BindsEveryUsableAddress()
    {
        await using var endpoint = RtcEndpoint.Start();

        Assert.Equal(
            WebRtc.Io.LocalAddresses.Enumerate(allowLoopback: false),
            endpoint.LocalEndPoints.Select(e => e.Address));
        Assert.All(endpoint.LocalEndPoints, e => Assert.NotEqual(0, e.Port));
    }

    [Fact]
    public async Task Start_PortInUse_SaysWhich()
    {
        await using var first = RtcPair.StartEndpoint("first");
        var taken = first.LocalEndPoints[0];

        var error = Assert.Throws<KillaBeezException>(() => RtcPair.StartEndpoint("second", port: taken.Port));

        Assert.Equal(KillaBeezError.LinkFailed, error.Error);
        Assert.Contains(taken.ToString(), error.Message);
    }

    /// <summary>With segmentation offload where there is, and with the sockets of every other system.</summary>
    [Theory]
    [InlineData(1024, false)]
    [InlineData(256, true)]
    public async Task Transfer_SixtyFourKiBMessages_ArriveExactly(int messages, bool isPortable)
    {
        const int messageBytes = 64 * 1024;
        await using var pair = new RtcPair(isPortable);
        var expected = new MessageStream(1, messageBytes, messageBytes, (long)messages * messageBytes);
        var done = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var link = await pair.ConnectAsync(prepare: channel => channel.MessageReceived += (_, m, _) =>
        {
            var isRight = m.Span.SequenceEqual(expected.Next());
            if (!isRight || expected.IsAtEnd)
            {
                done.TrySetResult(isRight);
            }
        });
        var sent = new MessageStream(1, messageBytes, messageBytes, (long)messages * messageBytes);
        var highest = 0L;

        while (!sent.IsAtEnd)
        {
            await link.Near.SendAsync(sent.Next().ToArray());
            highest = Math.Max(highest, link.Near.BufferedAmount);
        }

        Assert.True(await done.Task.WaitAsync(Patience.Bound));
        Assert.Equal(messages, expected.Count);

        // A message that moves from the queue into SCTP is counted in both for a moment, never in neither.
        Assert.InRange(highest, 1, (1024 * 1024) + messageBytes);
    }
}

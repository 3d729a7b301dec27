using System.Net;
using KillaBeez.Tests;
using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez.WebRtc.Tests.PeerConnections;

/// <summary>Two endpoints of this process on loopback, and connections between them.</summary>
internal sealed class RtcPair : IAsyncDisposable
{
    public RtcPair(bool isPortable = false)
    {
        Left = StartEndpoint("left", isPortable);
        Right = StartEndpoint("right", isPortable);
    }

    public RtcEndpoint Left { get; }

    public RtcEndpoint Right { get; }

    public static RtcEndpoint StartEndpoint(string name, bool isPortable = false, int port = 0) => RtcEndpoint.Start(new RtcEndpointOptions
    {
        BindAddresses = [new IPEndPoint(IPAddress.Loopback, port)],
        AllowLoopback = true,
        Name = name,
        IsPortable = isPortable,
    });

    public static async Task NegotiateAsync(PeerConnection offerer, PeerConnection answerer)
    {
        var offer = await offerer.CreateOfferAsync();
        await offerer.SetLocalDescriptionAsync(offer);
        await answerer.SetRemoteDescriptionAsync(offer);
        var answer = await answerer.CreateAnswerAsync();
        await answerer.SetLocalDescriptionAsync(answer);
        await offerer.SetRemoteDescriptionAsync(answer);
    }

    /// <summary>Completes when the connection is in the state.</summary>
    public static Task ReachesAsync(PeerConnection connection, PeerConnectionState state)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.ConnectionStateChanged += (_, _) => Check();
        Check();
        return reached.Task.WaitAsync(Patience.Bound);

        void Check()
        {
            if (connection.ConnectionState == state)
            {
                reached.TrySetResult();
            }
        }
    }

    public static Task OpensAsync(DataChannel channel) => OccursAsync(
        handler => channel.Opened += handler, () => channel.ReadyState == DataChannelState.Open);

    public static Task ClosesAsync(DataChannel channel) => OccursAsync(
        handler => channel.Closed += handler, () => channel.ReadyState == DataChannelState.Closed);

    /// <summary>The next channel that the peer opens.</summary>
    public static Task<DataChannel> AcceptAsync(PeerConnection connection, Action<DataChannel>? prepare = null)
    {
        var accepted = new TaskCompletionSource<DataChannel>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.DataChannelOpened += (_, channel) =>
        {
            prepare?.Invoke(channel);
            accepted.TrySetResult(channel);
        };
        return accepted.Task.WaitAsync(Patience.Bound);
    }

    /// <summary>A connected pair with one open channel.</summary>
    public async Task<Link> ConnectAsync(DataChannelInit? init = null, PeerConnectionOptions? options = null, Action<DataChannel>? prepare = null)
    {
        var left = Left.CreatePeerConnection(options);
        var right = Right.CreatePeerConnection(options);
        var near = left.CreateDataChannel("test", init);
        var accepting = AcceptAsync(right, prepare);
        await NegotiateAsync(left, right);
        await OpensAsync(near);
        return new Link(left, right, near, await accepting);
    }

    public async ValueTask DisposeAsync()
    {
        await Left.DisposeAsync().AsTask().WaitAsync(Patience.Bound);
        await Right.DisposeAsync().AsTask().WaitAsync(Patience.Bound);
    }

    private static Task OccursAsync(Action<EventHandler> subscribe, Func<bool> holds)
    {
        var occurred = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        subscribe((_, _) => occurred.TrySetResult());
        if (holds())
        {
            occurred.TrySetResult();
        }

        return occurred.Task.WaitAsync(Patience.Bound);
    }

    internal sealed record Link(PeerConnection Left, PeerConnection Right, DataChannel Near, DataChannel Far);
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using KillaBeez.Tests;
using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez.WebRtc.Tests.PeerConnections;

/// <summary>The peer is another process of this operating system.</summary>
public sealed class TwoProcessTests
{
    [Fact]
    public async Task Echo_SixteenMiB_ComesBackExactly()
    {
        const long bytes = 16 * 1024 * 1024;
        await using var endpoint = RtcPair.StartEndpoint("test");
        using var agent = AgentProgram.Launch();
        try
        {
            await using (await EchoAsync(endpoint, agent, bytes))
            {
            }

            await agent.WaitForExitAsync().WaitAsync(Patience.Bound);
            Assert.Equal(0, agent.ExitCode);
        }
        finally
        {
            End(agent);
        }
    }

    /// <summary>
    /// The first connection still believes in the path when the second one, between the same two sockets, needs it:
    /// routing must hand the path over.
    /// </summary>
    [Fact]
    public async Task Echo_PeerKilledAndRestartedOnItsPort_ConnectsAgain()
    {
        await using var endpoint = RtcPair.StartEndpoint("test");
        var port = FreePort();
        using var first = AgentProgram.Launch(port);
        var before = await EchoAsync(endpoint, first, 100_000);
        first.Kill();
        await first.WaitForExitAsync().WaitAsync(Patience.Bound);
        using var second = AgentProgram.Launch(port);
        try
        {
            await using (await EchoAsync(endpoint, second, 100_000))
            {
                Assert.NotEqual(PeerConnectionState.Closed, before.ConnectionState);
            }
        }
        finally
        {
            End(second);
        }
    }

    private static int FreePort()
    {
        using var probe = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.Client.LocalEndPoint!).Port;
    }

    private static void End(Process agent)
    {
        if (!agent.HasExited)
        {
            agent.Kill();
        }
    }

    private static async Task<PeerConnection> EchoAsync(RtcEndpoint endpoint, Process agent, long bytes)
    {
        var connection = endpoint.CreatePeerConnection();
        var channel = connection.CreateDataChannel("echo");
        var sent = new MessageStream(3, 1, 128 * 1024, bytes);
        var expected = new MessageStream(3, 1, 128 * 1024, bytes);
        var done = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        channel.MessageReceived += (_, message, _) =>
        {
            var isRight = message.Span.SequenceEqual(expected.Next());
            if (!isRight || expected.IsAtEnd)
            {
                done.TrySetResult(isRight);
            }
        };
        var offer = await connection.CreateOfferAsync();
        await connection.SetLocalDescriptionAsync(offer);
        await agent.StandardInput.WriteLineAsync(AgentProgram.Encode(offer.Sdp));
        var answer = AgentProgram.Decode(await agent.StandardOutput.ReadLineAsync().WaitAsync(Patience.Bound));
        await connection.SetRemoteDescriptionAsync(new SessionDescription(SdpType.Answer, answer));
        await RtcPair.OpensAsync(channel);
        while (!sent.IsAtEnd)
        {
            await channel.SendAsync(sent.Next().ToArray());
        }

        Assert.True(await done.Task.WaitAsync(Patience.Bound));
        Assert.Equal(sent.Count, expected.Count);
        return connection;
    }
}

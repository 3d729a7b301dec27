using System.Diagnostics;

namespace KillaBeez.WebRtc.Tests.PeerConnections;

/// <summary>The peer is another process of this operating system.</summary>
public sealed class TwoProcessTests
{
    [Fact]
    public async Task Echo_SixteenMiB_ComesBackExactly()
    {
        const long bytes = 16 * 1024 * 1024;
        using var agent = AgentProgram.Launch();
        try
        {
            await EchoAsync(agent, bytes);
            await agent.WaitForExitAsync().WaitAsync(RtcPair.Patience);
            Assert.Equal(0, agent.ExitCode);
        }
        finally
        {
            if (!agent.HasExited)
            {
                agent.Kill();
            }
        }
    }

    private static async Task EchoAsync(Process agent, long bytes)
    {
        await using var endpoint = RtcPair.StartEndpoint("test");
        await using var connection = endpoint.CreatePeerConnection();
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
        var answer = AgentProgram.Decode(await agent.StandardOutput.ReadLineAsync().WaitAsync(RtcPair.Patience));
        await connection.SetRemoteDescriptionAsync(new SessionDescription(SdpType.Answer, answer));
        await RtcPair.OpensAsync(channel);
        while (!sent.IsAtEnd)
        {
            await channel.SendAsync(sent.Next().ToArray());
        }

        Assert.True(await done.Task.WaitAsync(RtcPair.Patience));
        Assert.Equal(sent.Count, expected.Count);
    }
}
